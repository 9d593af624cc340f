using System.CommandLine;
using Google.Protobuf;
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
            var registry = new Registry.RegistryClient(channel);
            var services = await registry.ListServicesAsync(new ListServicesRequest(), cancellationToken: cancellation);
            var instances = await registry.ListInstancesAsync(new ListInstancesRequest(), cancellationToken: cancellation);
            var all = new RegistrySnapshot
            {
                Revision = instances.Revision,
                Services = { services.Services },
                Instances = { instances.Instances },
            };
            Write(parsed.InvocationConfiguration.Output, options.Format(parsed), all);
        }));
        return verb;
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
