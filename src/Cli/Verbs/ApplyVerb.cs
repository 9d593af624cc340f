using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl apply -f FILE</c>: creates or replaces configuration, all of what the files hold or nothing.</summary>
internal static class ApplyVerb
{
    public static Command Build()
    {
        var files = new Option<string[]>("--file", "-f")
        {
            HelpName = "FILE",
            Description = "YAML or JSON, a ConfigResource a document; - is the standard input. May be repeated.",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be applied." };
        var verb = new Command("apply", "Creates or replaces the configuration of services, all or nothing.") { files, dryRun };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var resources = await ReadAsync(parsed.GetValue(files)!, cancellation);
            var request = new ApplyRequest { Resources = { resources }, DryRun = parsed.GetValue(dryRun) };
            return await options.AskAsync(parsed, async channel =>
            {
                var response = await SendAsync(new Config.ConfigClient(channel), request, cancellation);
                Write(parsed.InvocationConfiguration.Output, options.Format(parsed), request, response);
            });
        });
        return verb;
    }

    /// <summary>Checks them here, where the lines of the files are known; the control plane does so again.</summary>
    private static async Task<IReadOnlyList<ConfigResource>> ReadAsync(string[] files, CancellationToken cancellation)
    {
        var reader = new ConfigReader();
        foreach (var file in files)
        {
            if (!reader.Read(await TextOf(file, cancellation), file == "-" ? "<stdin>" : file))
            {
                throw new CliException($"--file {file}: holds no resource");
            }
        }

        return reader.Faults.Count == 0 ? reader.Resources : throw new CliException(string.Join('\n', reader.Faults));
    }

    private static async Task<string> TextOf(string file, CancellationToken cancellation)
    {
        try
        {
            return file == "-" ? await Console.In.ReadToEndAsync(cancellation) : await File.ReadAllTextAsync(file, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--file {file}: {error.Message}");
        }
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
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonFormatter.Default.Format(response));
            return;
        }

        foreach (var resource in response.Resources)
        {
            output.WriteLine($"{resource.Service}: version {resource.Version}{(request.DryRun ? " (dry run: not applied)" : "")}");
        }
    }
}
