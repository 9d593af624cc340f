using System.CommandLine;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>--wait</c>: a change is not over before those whom it concerns have applied it.</summary>
internal sealed class WaitOptions
{
    /// <summary>The exit code of a version that was tried out and is not to hold.</summary>
    private const int Aborted = 3;

    private readonly Flag _wait =
        new("--wait", "Until all sidecars that are concerned have applied it, one has rejected it, or --wait-timeout is over; exit code 1 unless all have.");

    private readonly CliOption<TimeSpan> _longest = new(
        "--wait-timeout", ValueKinds.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "30s", "For how long --wait waits.");

    public static WaitOptions On(Command verb)
    {
        var options = new WaitOptions();
        verb.Options.Add(options._wait);
        verb.Options.Add(options._longest.Symbol);
        return options;
    }

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_wait);

    /// <summary>Waits for what was changed, and says of each resource how far it has come: on stderr, since what is changed is the answer.</summary>
    /// <returns>Whether all have applied all of it.</returns>
    public async Task<bool> WaitAsync(ParseResult parsed, Conversation talk, IEnumerable<(string Service, string Kind)> changed)
    {
        talk.HasAnswered();
        var configs = new Config.ConfigClient(talk.Channel);
        var began = TimeProvider.System.GetTimestamp();
        var isApplied = true;
        foreach (var (service, kind) in changed)
        {
            var left = _longest.Get(parsed) - TimeProvider.System.GetElapsedTime(began);
            var receipts = await Receipts.WaitAsync(configs, service, kind, left, talk.Cancellation);
            isApplied &= Receipts.IsApplied(receipts);
            ReceiptTables.Write(parsed.InvocationConfiguration.Error, ConfigKindName.Subject(service, kind), receipts);
        }

        return isApplied;
    }

    /// <summary>Waits until it is decided what becomes of a version that is tried out, and then for all to have what holds.</summary>
    /// <returns>The exit code: 0 if it was promoted and all have it, 3 if it was aborted, 1 otherwise.</returns>
    public async Task<int> WaitAsync(ParseResult parsed, Conversation talk, ConfigResource resource, Staging staging)
    {
        talk.HasAnswered();
        var kind = ConfigKindName.Of(resource);
        var longest = staging.Duration.ToTimeSpan() + _longest.Get(parsed);
        var rollout = await Rollouts.WaitAsync(new Config.ConfigClient(talk.Channel), resource.Service, kind, resource.Version, longest, talk.Cancellation);
        RolloutTables.Write(parsed.InvocationConfiguration.Error, ConfigKindName.Subject(resource.Service, kind), rollout);
        return rollout.State switch
        {
            Rollout.Types.State.Aborted => Aborted,
            Rollout.Types.State.Promoted => await WaitAsync(parsed, talk, [(resource.Service, kind)]) ? 0 : 1,
            _ => 1,
        };
    }
}
