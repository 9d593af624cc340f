using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs.Xds;

/// <summary><c>meshctl xds dump NAME --as c-core</c>: what such a client is sent of a service, found by asking as one does.</summary>
internal static class DumpVerb
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // As they introduce themselves: by this the control plane decides what they are sent.
    private static readonly (string Name, (string Agent, string Version) Value)[] Agents =
    [
        ("c-core", ("gRPC C-core", "C-core 29.0.0")), ("c-core-new", ("gRPC C-core", "C-core 50.0.0")), ("grpc-js", ("gRPC Node Pure JS", "1.14.1")),
        ("go", ("gRPC Go", "1.70.0")), ("java", ("gRPC Java", "1.70.0")), ("other", ("", "")),
    ];

    public static Command Build()
    {
        var name = new ValueArgument("NAME", "what stands behind xds:/// (for example orders or orders:8080)", ArgumentArity.ExactlyOne)
        {
            Description = "What stands behind xds:/// in the client's target.",
        };
        var client = new CliOption<(string Agent, string Version)>("--as", ValueKinds.OneOf(Agents), "c-core", "The kind of client: c-core is gRPC up to 1.51 in C++, Python, Ruby and C#.");
        var service = ClientOptions.Service();
        var locality = ClientOptions.Locality();
        var verb = new Command("dump", "Shows what a gRPC client without a sidecar is sent of a service, as JSON: listener, routes, clusters, endpoints.")
        {
            name, client.Symbol, service.Symbol, locality.Symbol,
        };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var (agent, version) = client.Get(parsed);
            var (region, zone) = LocalityText.Split(locality.Get(parsed) ?? "");
            var node = new Envoy.Node
            {
                Id = "meshctl",
                Cluster = service.Get(parsed) ?? "",
                UserAgentName = agent,
                UserAgentVersion = version,
                Locality = new() { Region = region, Zone = zone },
            };
            using var asking = new XdsConversation(talk, node);
            var shown = await ShowAsync(asking, name.Get(parsed)[0]);
            foreach (var line in shown.ToJsonString(Readable).Split('\n'))
            {
                parsed.InvocationConfiguration.Output.WriteLine(PrintableText.Escaped(line.TrimEnd('\r')));
            }
        }, cancellation));
        return verb;
    }

    private static async Task<JsonObject> ShowAsync(XdsConversation asking, string name)
    {
        var listeners = await asking.AskAsync<Envoy.Listener>([name]);
        if (listeners is not [{ ApiListener: { } api }])
        {
            throw new CliException($"'{name}' is no name that a client could call; write a service's, with or without .mesh and a port");
        }

        var routes = await asking.AskAsync<Envoy.RouteConfiguration>([api.ApiListener_.Unpack<Envoy.HttpConnectionManager>().Rds.RouteConfigName]);
        List<string> clusters =
        [
            .. routes.SelectMany(one => one.VirtualHosts).SelectMany(host => host.Routes).Select(route => route.Route_).OfType<Envoy.RouteAction>()
                .SelectMany(action => action.WeightedClusters is { } weighted ? weighted.Clusters.Select(cluster => cluster.Name) : [action.Cluster]).Distinct(),
        ];
        var found = await asking.AskAsync<Envoy.Cluster>(clusters);
        var endpoints = await asking.AskAsync<Envoy.ClusterLoadAssignment>(clusters);
        return new()
        {
            ["listener"] = XdsConversation.ToJson(listeners[0]),
            ["routes"] = XdsConversation.ToJson(routes[0]),
            ["clusters"] = new JsonArray([.. found.Select(XdsConversation.ToJson)]),
            ["endpoints"] = new JsonArray([.. endpoints.Select(XdsConversation.ToJson)]),
        };
    }
}
