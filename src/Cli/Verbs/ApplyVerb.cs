using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl apply -f FILE</c>: creates or replaces configuration, all of what the files hold or nothing.</summary>
internal static class ApplyVerb
{
    public static Command Build()
    {
        var files = CliOptions.Files(required: true);
        var dryRun = new Flag("--dry-run", "Only say what would be applied.");
        var reason = CliOptions.Reason();
        var ifVersion = new CliOption<int>(
            "--if-version", ValueKinds.WholeNumber(0, int.MaxValue), null, "Only if the one resource has this version now; 0: if there is none.");
        var verb = new Command("apply", "Creates or replaces the configuration of services, all or nothing; or has some of the sidecars try it out first: meshctl apply -f payments.yaml --canary 10% --for 2m --abort-if 'success<99% or p99>2x' --wait. Exit code 3 with --canary and --wait: it was aborted.")
        {
            files, dryRun, ifVersion.Symbol, reason.Symbol,
        };
        var staging = StagingOptions.On(verb);
        var wait = WaitOptions.On(verb);
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var resources = await ResourceFiles.ReadAsync(parsed.GetValue(files)!, parsed.InvocationConfiguration.Error, cancellation);
            var request = new ApplyRequest
            {
                Resources = { resources },
                DryRun = parsed.GetValue(dryRun),
                Author = Author.Name,
                Reason = reason.Get(parsed) ?? "",
                Staging = staging.Get(parsed),
            };
            if (ifVersion.IsGiven(parsed))
            {
                request.IfVersion = ifVersion.Get(parsed);
            }

            var code = 0;
            await options.AskAsync(parsed, async talk =>
            {
                var configs = new Config.ConfigClient(talk.Channel);
                var response = await SendAsync(configs, request, talk.Cancellation);
                Write(parsed.InvocationConfiguration.Output, options.Format(parsed), request, response);
                foreach (var warning in response.Warnings)
                {
                    await parsed.InvocationConfiguration.Error.WriteLineAsync($"warning: {PrintableText.Of(warning)}");
                }

                if (wait.IsGiven(parsed) && !request.DryRun)
                {
                    code = request.Staging is { } tried
                        ? await wait.WaitAsync(parsed, talk, response.Resources[0], tried)
                        : await wait.WaitAsync(parsed, talk, response.Resources.Select(resource => (resource.Service, ConfigKindName.Of(resource)))) ? 0 : 1;
                }
            }, cancellation);
            return code;
        });
        return verb;
    }

    private static async Task<ApplyResponse> SendAsync(Config.ConfigClient configs, ApplyRequest request, CancellationToken cancellation)
    {
        try
        {
            return await configs.ApplyAsync(request, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.InvalidArgument)
        {
            // A line a fault, each with its place.
            throw new CliException(error.Status.Detail);
        }
    }

    private static void Write(TextWriter output, OutputFormat format, ApplyRequest request, ApplyResponse response)
    {
        if (Messages.TryWrite(output, format, response))
        {
            return;
        }

        foreach (var resource in response.Resources)
        {
            output.WriteLine(PrintableText.Of($"{ConfigKindName.Subject(resource.Service, ConfigKindName.Of(resource))}: version {resource.Version}{(request.DryRun ? " (dry run: not applied)" : request.Staging is null ? "" : " is tried out")}"));
        }
    }
}
