using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary>
/// <c>meshctl diff -f FILE</c>: what <c>apply</c> would change; <c>meshctl diff SERVICE</c>: what a version has changed. Field by field.
/// </summary>
internal static class DiffVerb
{
    public static Command Build()
    {
        var service = ValueArgument.Services(ArgumentArity.ZeroOrOne);
        service.Description = "Whose versions are compared; without it, what --file holds with what is in force.";
        var files = CliOptions.Files(required: false);
        var from = Version("--from", "The version to compare with; default: the one before the other.");
        var to = Version("--to", "The version to compare; default: the last.");
        var kind = KindOption.Make(ConfigKindName.Policy, "Which configuration of SERVICE.");
        var verb = new Command("diff", "Shows field by field what apply would change, or what a version has changed.") { service, files, from.Symbol, to.Symbol, kind.Symbol };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(service) is { Tokens.Count: > 0 } == result.GetResult(files) is { Tokens.Count: > 0 })
            {
                result.AddError("is of a SERVICE's versions, or of what --file holds: give one of the two");
            }
        });
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var resources = parsed.GetValue(files) is { Length: > 0 } names ? await ResourceFiles.ReadAsync(names, warnings: null, cancellation) : [];
            return await options.AskAsync(parsed, async talk =>
            {
                var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
                var configs = new Config.ConfigClient(talk.Channel);
                if (service.Get(parsed) is [var name])
                {
                    var versions = await ConfigVersions.ReadAsync(configs, name, kind.Get(parsed)!, talk.Cancellation);
                    var young = to.Get(parsed) is > 0 and var wanted ? ConfigVersions.Of(versions, wanted, name) : versions[0];
                    var old = from.Get(parsed) is > 0 and var other ? ConfigVersions.Of(versions, other, name) : ConfigVersions.Before(versions, young);
                    ConfigDiff.Write(output, format, kind.Get(parsed)!, old?.Resource, young.Resource);
                    return;
                }

                foreach (var resource in resources.SelectMany(ConfigKindName.Apart))
                {
                    ConfigDiff.Write(output, format, ConfigKindName.Of(resource), await FindAsync(configs, resource, talk.Cancellation), resource);
                }
            }, cancellation);
        });
        return verb;
    }

    private static CliOption<int> Version(string name, string help) => new(name, ValueKinds.WholeNumber(1, int.MaxValue), null, help);

    private static async Task<ConfigResource?> FindAsync(Config.ConfigClient configs, ConfigResource resource, CancellationToken cancellation)
    {
        try
        {
            var request = new GetConfigRequest { Service = resource.Service, Kind = ConfigKindName.Of(resource) };
            return await configs.GetAsync(request, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }
}
