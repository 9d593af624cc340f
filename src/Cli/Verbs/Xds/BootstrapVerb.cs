using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs.Xds;

/// <summary>
/// <c>meshctl xds bootstrap</c>: the file that GRPC_XDS_BOOTSTRAP names. Asks nobody.
/// </summary>
internal static class BootstrapVerb
{
    // To be read by people: no escapes but those of JSON.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Build()
    {
        var addresses = new CliOption<IReadOnlyList<Uri>>(
            "--control-plane", ValueKinds.Urls, "http://127.0.0.1:15010", "The control planes; clients take the first that they reach, older ones the first alone.");
        var service = ClientOptions.Service();
        var locality = ClientOptions.Locality();
        var id = new CliOption<string>("--id", ValueKinds.Text("ID", "a name for the process"), null, "What it is called among those of its service; default the machine's name.");
        var verb = new Command("bootstrap", "Prints the file that tells a gRPC client or server without a sidecar where the control plane is: meshctl xds bootstrap > xds.json; export GRPC_XDS_BOOTSTRAP=$PWD/xds.json.")
        {
            addresses.Symbol, service.Symbol, locality.Symbol, id.Symbol,
        };
        verb.SetAction(parsed =>
        {
            var file = Make(addresses.Get(parsed)!, service.Get(parsed) ?? "", locality.Get(parsed) ?? "", id.Get(parsed) ?? Environment.MachineName);
            parsed.InvocationConfiguration.Output.WriteLine(file.ToJsonString(Readable));
        });
        return verb;
    }

    public static JsonObject Make(IReadOnlyList<Uri> addresses, string service, string locality, string id)
    {
        var (region, zone) = LocalityText.Split(locality);
        var servers = addresses.Select(address => (JsonNode)new JsonObject
        {
            ["server_uri"] = $"{address.Host}:{address.Port}",
            ["channel_creds"] = new JsonArray(new JsonObject { ["type"] = address.Scheme == "https" ? "tls" : "insecure" }),
            ["server_features"] = new JsonArray("xds_v3", "ignore_resource_deletion"),
        });
        return new JsonObject
        {
            ["xds_servers"] = new JsonArray([.. servers]),
            ["node"] = new JsonObject
            {
                ["id"] = service.Length == 0 ? id : $"{service}/{id}",
                ["cluster"] = service,
                // grpc-js wants it, empty or not.
                ["locality"] = new JsonObject { ["region"] = region, ["zone"] = zone },
            },
            ["server_listener_resource_name_template"] = "grpc/server?xds.resource.listening_address=%s",
        };
    }
}
