using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl rollback SERVICE [--to N]</c>: makes a former version of its configuration the new one.</summary>
internal static class RollbackVerb
{
    public static Command Build()
    {
        var service = ValueArgument.Services(ArgumentArity.ExactlyOne);
        service.Description = "Whose configuration.";
        var to = new CliOption<int>("--to", ValueKinds.WholeNumber(1, int.MaxValue), null, "The version to go back to; default: the one before the last.");
        var kind = KindOption.Make(ConfigKindName.Policy, "Which configuration.");
        var reason = CliOptions.Reason();
        var verb = new Command("rollback", "Applies a former version of a service's configuration again, as a new version.") { service, to.Symbol, kind.Symbol, reason.Symbol };
        var wait = WaitOptions.On(verb);
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var isApplied = true;
            await options.AskAsync(parsed, async talk =>
            {
                var (name, which) = (service.Get(parsed)[0], kind.Get(parsed)!);
                var (version, target) = await GoBackAsync(new Config.ConfigClient(talk.Channel), name, which, to.Get(parsed), reason.Get(parsed), talk.Cancellation);
                parsed.InvocationConfiguration.Output.WriteLine(PrintableText.Of(
                    $"{ConfigKindName.Subject(name, which)}: version {version}, {(target.Deleted ? "deleted as in" : "which is as")} version {target.Resource.Version}"));
                isApplied = !wait.IsGiven(parsed) || await wait.WaitAsync(parsed, talk, [(name, which)]);
            }, cancellation);
            return isApplied ? 0 : 1;
        });
        return verb;
    }

    private static async Task<(long Version, ConfigVersion Target)> GoBackAsync(
        Config.ConfigClient configs, string service, string kind, int to, string? reason, CancellationToken cancellation)
    {
        var versions = await ConfigVersions.ReadAsync(configs, service, kind, cancellation);
        var target = to > 0 ? ConfigVersions.Of(versions, to, service) : ConfigVersions.Before(versions, versions[0])
            ?? throw new CliException($"'{service}' has one version that is kept: there is none to go back to");
        var why = reason ?? $"rollback to version {target.Resource.Version}";
        var version = target.Deleted
            ? await DeleteAsync(configs, versions[0], kind, why, cancellation)
            : await ApplyAsync(configs, versions[0], target, why, cancellation);
        return (version, target);
    }

    // Only if nobody has changed it since it was looked at.
    private static async Task<long> ApplyAsync(Config.ConfigClient configs, ConfigVersion present, ConfigVersion target, string why, CancellationToken cancellation)
    {
        var request = new ApplyRequest
        {
            Resources = { target.Resource },
            IfVersion = present.Deleted ? 0 : present.Resource.Version,
            Author = Author.Name,
            Reason = why,
        };
        try
        {
            return (await configs.ApplyAsync(request, cancellationToken: cancellation)).Resources[0].Version;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.InvalidArgument)
        {
            throw new CliException(error.Status.Detail);
        }
    }

    private static async Task<long> DeleteAsync(Config.ConfigClient configs, ConfigVersion present, string kind, string why, CancellationToken cancellation)
    {
        if (present.Deleted)
        {
            return present.Resource.Version;
        }

        var request = new DeleteConfigRequest
        {
            Service = present.Resource.Service,
            Kind = kind,
            IfVersion = present.Resource.Version,
            Author = Author.Name,
            Reason = why,
        };
        return (await configs.DeleteAsync(request, cancellationToken: cancellation)).Version;
    }
}
