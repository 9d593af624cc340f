using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Cli.Output;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl get SERVICE</c>: a service, its instances, and its configuration if it has one.</summary>
internal static class GetVerb
{
    public static Command Build()
    {
        var service = new Argument<string>("SERVICE") { Description = "Its name." };
        var verb = new Command("get", "Shows a service, its instances and its configuration.") { service };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async channel =>
        {
            var name = parsed.GetValue(service)!;
            var found = await FindAsync(new Registry.RegistryClient(channel), name, cancellation);
            var config = await ConfigAsync(new Config.ConfigClient(channel), name, cancellation);
            if (found is null && config is null)
            {
                throw new CliException($"no service '{name}' is registered, and no configuration is there for one (meshctl list)");
            }

            Write(parsed.InvocationConfiguration.Output, options.Format(parsed), found ?? new GetServiceResponse(), config);
        }));
        return verb;
    }

    private static async Task<GetServiceResponse?> FindAsync(Registry.RegistryClient registry, string name, CancellationToken cancellation)
    {
        try
        {
            var found = await registry.GetServiceAsync(new GetServiceRequest { Name = name }, cancellationToken: cancellation);
            while (found.NextPageToken.Length > 0)
            {
                var request = new ListInstancesRequest { Service = name, PageToken = found.NextPageToken };
                var page = await registry.ListInstancesAsync(request, cancellationToken: cancellation);
                found.Instances.Add(page.Instances);
                found.NextPageToken = page.NextPageToken;
            }

            return found;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<ConfigResource?> ConfigAsync(Config.ConfigClient configs, string name, CancellationToken cancellation)
    {
        try
        {
            return await configs.GetAsync(new GetConfigRequest { Service = name }, cancellationToken: cancellation);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static void Write(TextWriter output, OutputFormat format, GetServiceResponse found, ConfigResource? config)
    {
        if (format == OutputFormat.Json)
        {
            var all = JsonNode.Parse(JsonFormatter.Default.Format(found))!.AsObject();
            all["config"] = config is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(config));
            output.WriteLine(all.ToJsonString());
            return;
        }

        if (found.Service is not null)
        {
            RegistryTables.WriteServices(output, [found.Service]);
            output.WriteLine();
            RegistryTables.WriteInstances(output, found.Instances);
            output.WriteLine();
        }

        output.WriteLine(config is null
            ? "no configuration: the defaults hold"
            : $"configuration, version {config.Version}:\n{ResourceYaml.WriteYaml(config.Config ?? new ServiceConfig()).TrimEnd()}");
    }
}
