using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl list</c>: the services and their instances.</summary>
internal static class ListVerb
{
    public static Command Build()
    {
        var verb = new Command("list", "Lists the services and their instances.");
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async channel =>
        {
            var all = await SnapshotAsync(new Registry.RegistryClient(channel), cancellation);
            Write(parsed.InvocationConfiguration.Output, options.Format(parsed), all);
        }));
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

    private static void Write(TextWriter output, OutputFormat format, RegistrySnapshot all)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonFormatter.Default.Format(all));
        }
        else if (all.Services.Count == 0)
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
}
