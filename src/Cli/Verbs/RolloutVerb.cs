using System.CommandLine;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary>
/// <c>meshctl rollout status|promote|abort SERVICE</c>: which sidecars have applied its configuration and what the others say, with code 1 if there are others; how a
/// version does that is tried out; and its end by hand.
/// </summary>
internal static class RolloutVerb
{
    public static Command Build() => new("rollout", "Shows how far a configuration has come, and ends its trial (apply --canary) by hand.")
    {
        Status(),
        Decide("promote", "Has the version hold for everybody that is tried out now.", Rollout.Types.State.Promoted),
        Decide("abort", "Takes back the version that is tried out now: what held before does, as a new version.", Rollout.Types.State.Aborted),
    };

    private static Command Status()
    {
        var (service, kind) = Whose();
        var verb = new Command("status", "Says which sidecars have applied a service's configuration and what the others have made of it, exit code 1 if there are others; and how its staged rollout does.")
        {
            service, kind.Symbol,
        };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var isApplied = false;
            await options.AskAsync(parsed, async talk =>
            {
                var name = service.Get(parsed)[0];
                var receipts = await Receipts.ReadAsync(new Config.ConfigClient(talk.Channel), name, kind.Get(parsed)!, talk.Cancellation);
                isApplied = Receipts.IsApplied(receipts);
                var output = parsed.InvocationConfiguration.Output;
                if (!Messages.TryWrite(output, options.Format(parsed), receipts))
                {
                    ReceiptTables.Write(output, ConfigKindName.Subject(name, kind.Get(parsed)!), receipts);
                    if (receipts.Rollout is { } rollout)
                    {
                        output.WriteLine();
                        RolloutTables.Write(output, ConfigKindName.Subject(name, kind.Get(parsed)!), rollout);
                    }
                }
            }, cancellation);
            return isApplied ? 0 : 1;
        });
        return verb;
    }

    private static Command Decide(string name, string help, Rollout.Types.State decision)
    {
        var (service, kind) = Whose();
        var reason = CliOptions.Reason();
        var verb = new Command(name, help) { service, kind.Symbol, reason.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var request = new DecideRolloutRequest
            {
                Service = service.Get(parsed)[0],
                Kind = kind.Get(parsed)!,
                Decision = decision,
                Author = Author.Name,
                Reason = reason.Get(parsed) ?? "",
            };
            var rollout = await new Config.ConfigClient(talk.Channel).DecideRolloutAsync(request, cancellationToken: talk.Cancellation);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), rollout))
            {
                RolloutTables.Write(output, ConfigKindName.Subject(request.Service, request.Kind), rollout);
            }
        }, cancellation));
        return verb;
    }

    private static (ValueArgument Service, CliOption<string> Kind) Whose()
    {
        var service = ValueArgument.Services(ArgumentArity.ExactlyOne);
        service.Description = "Whose configuration.";
        return (service, KindOption.Make(ConfigKindName.Policy, "Which configuration."));
    }
}
