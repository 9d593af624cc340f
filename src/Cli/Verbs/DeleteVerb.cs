using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl delete SERVICE…</c>: removes configuration, so that the defaults hold again.</summary>
internal static class DeleteVerb
{
    public static Command Build()
    {
        var services = ValueArgument.Services(ArgumentArity.OneOrMore);
        services.Description = "Whose configuration.";
        var allowMissing = new Flag("--allow-missing", "No failure if there is none; sidecars that keep one of a former control plane are told to let it go.");
        var reason = CliOptions.Reason();
        var verb = new Command("delete", "Removes the configuration of services: the defaults hold again.") { services, allowMissing, reason.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var configs = new Config.ConfigClient(talk.Channel);
            var missing = new List<string>();
            foreach (var service in services.Get(parsed).Distinct())
            {
                var request = new DeleteConfigRequest
                {
                    Service = service,
                    AllowMissing = parsed.GetValue(allowMissing),
                    Author = Author.Name,
                    Reason = reason.Get(parsed) ?? "",
                };
                if (await DeleteAsync(configs, request, talk.Cancellation) is { } response)
                {
                    Write(parsed.InvocationConfiguration.Output, options.Format(parsed), service, response);
                }
                else
                {
                    missing.Add(service);
                }
            }

            if (missing.Count > 0)
            {
                // A line each; those that were there are gone.
                throw new CliException(string.Join('\n', missing.Select(service => $"service '{service}' has no configuration (--allow-missing takes that for success)")));
            }
        }, cancellation));
        return verb;
    }

    private static async Task<DeleteConfigResponse?> DeleteAsync(Config.ConfigClient configs, DeleteConfigRequest request, CancellationToken cancellation)
    {
        try
        {
            return await configs.DeleteAsync(request, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static void Write(TextWriter output, OutputFormat format, string service, DeleteConfigResponse response)
    {
        if (!Messages.TryWrite(output, format, response))
        {
            output.WriteLine($"{service}: deleted{(response.Version == 0 ? "" : $", version {response.Version}")}");
        }
    }
}
