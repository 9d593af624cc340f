using System.CommandLine;
using Grpc.Core;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl list [services|configs|replicas]</c>: the services and their instances, what is configured, or the control planes.</summary>
internal static class ListVerb
{
    private const string Services = "services";
    private const string Configs = "configs";
    private const string Replicas = "replicas";

    public static Command Build()
    {
        var what = new ValueArgument("WHAT", $"one of {Services}, {Configs}, {Replicas}", ArgumentArity.ZeroOrOne)
        {
            HelpName = $"{Services}|{Configs}|{Replicas}",
            Description = "services with their instances, configs, or the control planes (replicas) that share a store.",
            DefaultValueFactory = _ => [Services],
        };
        what.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not (Services or Configs or Replicas))
            {
                result.AddError($"'{token.Value}' is not one of {Services}, {Configs}, {Replicas}");
            }
        });
        var verb = new Command("list", "Lists the services and their instances, what is configured, or the control planes.") { what };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var (output, format) = (parsed.InvocationConfiguration.Output, options.Format(parsed));
            if (what.Get(parsed) is [Configs])
            {
                Write(output, format, await ConfigsAsync(new Config.ConfigClient(talk.Channel), talk.Cancellation));
            }
            else if (what.Get(parsed) is [Replicas])
            {
                Write(output, format, await new Registry.RegistryClient(talk.Channel).ListReplicasAsync(new(), cancellationToken: talk.Cancellation));
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

    private static void Write(TextWriter output, OutputFormat format, ListReplicasResponse all)
    {
        if (Messages.TryWrite(output, format, all))
        {
            return;
        }

        RegistryTables.WriteReplicas(output, all.Replicas);
        if (all.Frozen.Length != 0)
        {
            output.WriteLine();
            output.WriteLine($"FROZEN: {PrintableText.Of(all.Frozen)}");
            output.WriteLine("what is known is served on, nothing is removed, no change is taken");
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
