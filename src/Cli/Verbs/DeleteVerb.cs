using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.Resources;
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
        var kind = KindOption.Make(null, "Only this kind of configuration; without it all of it.");
        var reason = CliOptions.Reason();
        var verb = new Command("delete", "Removes the configuration of services: the defaults hold again.") { services, kind.Symbol, allowMissing, reason.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var configs = new Config.ConfigClient(talk.Channel);
            var missing = new List<string>();
            foreach (var service in services.Get(parsed).Distinct())
            {
                var any = false;
                foreach (var one in kind.Get(parsed) is { } only ? [only] : ConfigKindName.All)
                {
                    var request = new DeleteConfigRequest
                    {
                        Service = service,
                        Kind = one,
                        AllowMissing = parsed.GetValue(allowMissing),
                        Author = Author.Name,
                        Reason = reason.Get(parsed) ?? "",
                    };
                    if (await DeleteAsync(configs, request, talk.Cancellation) is { } response)
                    {
                        any = true;
                        Write(parsed.InvocationConfiguration.Output, options.Format(parsed), request, response);
                    }
                }

                if (!any)
                {
                    missing.Add(service);
                }
            }

            if (missing.Count > 0)
            {
                // A line each; those that were there are gone.
                throw new CliException(string.Join('\n', missing.Select(service => $"service '{service}' has no {(kind.Get(parsed) is { } only ? only + " " : "")}configuration (--allow-missing takes that for success)")));
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

    private static void Write(TextWriter output, OutputFormat format, DeleteConfigRequest request, DeleteConfigResponse response)
    {
        if (!Messages.TryWrite(output, format, response))
        {
            output.WriteLine($"{ConfigKindName.Subject(request.Service, request.Kind)}: deleted{(response.Version == 0 ? "" : $", version {response.Version}")}");
        }
    }
}
