using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl list [services|configs]</c>: the services and their instances, or what is configured.</summary>
internal static class ListVerb
{
    private const string Services = "services";
    private const string Configs = "configs";

    public static Command Build()
    {
        var what = new ValueArgument("WHAT", $"one of {Services}, {Configs}", ArgumentArity.ZeroOrOne)
        {
            HelpName = $"{Services}|{Configs}",
            Description = "services with their instances, or configs.",
            DefaultValueFactory = _ => [Services],
        };
        what.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not (Services or Configs))
            {
                result.AddError($"'{token.Value}' is not one of {Services}, {Configs}");
            }
        });
        var verb = new Command("list", "Lists the services and their instances, or what is configured.") { what };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            if (what.Get(parsed) is [Configs])
            {
                Write(output, format, await ConfigsAsync(new Config.ConfigClient(talk.Channel), talk.Cancellation));
            }
            else
            {
                Write(output, format, await SnapshotAsync(new Registry.RegistryClient(talk.Channel), talk.Cancellation));
            }
        }, cancellation));
        return verb;
    }

    /// <summary>What a watch begins with: services and instances at one revision, however many they are.</summary>
    private static async Task<RegistrySnapshot> SnapshotAsync(Registry.RegistryClient registry, CancellationToken cancellation)
    {
        using var call = registry.Watch(new WatchRequest(), cancellationToken: cancellation);
        var assembly = new SnapshotAssembly();
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellation))
        {
            if (response.Snapshot is { } part && assembly.Add(part) is { } whole)
            {
                return whole;
            }
        }

        throw new CliException("the control plane ended the watch before all was said");
    }

    private static async Task<ListConfigResponse> ConfigsAsync(Config.ConfigClient configs, CancellationToken cancellation)
    {
        var limit = new AnswerLimit("configuration");
        var all = new ListConfigResponse();
        var token = "";
        do
        {
            var page = await configs.ListAsync(new ListConfigRequest { PageToken = token }, cancellationToken: cancellation);
            token = limit.Next(page, page.NextPageToken);
            all.Resources.Add(page.Resources);
        }
        while (token.Length > 0);
        return all;
    }

    private static void Write(TextWriter output, OutputFormat format, RegistrySnapshot all)
    {
        if (Messages.TryWrite(output, format, all))
        {
            return;
        }

        if (all.Services.Count == 0)
        {
            output.WriteLine("no services are registered");
        }
        else
        {
            RegistryTables.WriteServices(output, all.Services);
            output.WriteLine();
            RegistryTables.WriteInstances(output, all.Instances);
        }
    }

    private static void Write(TextWriter output, OutputFormat format, ListConfigResponse all)
    {
        if (format == OutputFormat.Yaml)
        {
            ConfigDocuments.Write(output, all.Resources);
        }
        else if (!Messages.TryWrite(output, format, all))
        {
            if (all.Resources.Count == 0)
            {
                output.WriteLine("nothing is configured: the defaults hold");
            }
            else
            {
                ConfigTables.Write(output, all.Resources);
            }
        }
    }
}
