using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Foreign;

/// <summary>gRPC's own clients join the mesh without a sidecar, and are told of everything while they call.</summary>
public sealed class XdsTests
{
    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task A_client_without_a_sidecar_does_what_the_policy_says(string language)
    {
        await using var mesh = await XdsMesh.StartAsync("--lease-ttl", "300s");
        await mesh.RegisterAsync("a", await mesh.ServeAsync("a"), change: instance => instance.Version = "v1");
        await mesh.RegisterAsync("b", await mesh.ServeAsync("b"), change: instance => instance.Version = "v2");
        await mesh.ConnectAsync(language);
        await EndsWithAsync(mesh, 20, ends => ends is { Count: 2 } && ends.GetValueOrDefault("a") is >= 8 and <= 12);

        var warnings = (await mesh.ApplyAsync(new()
        {
            Timeouts = new() { PerTry = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(400)) },
            Retry = new() { Codes = { "UNAVAILABLE" } },
            Routes =
            {
                new Route { Match = new() { Headers = { new HeaderMatch { Name = "x-user", Exact = "ann" } } }, Subset = new() { Version = "v2" } },
                new Route { Match = new() { Exact = "/xds.v1.Instance/sleep" }, Timeouts = new() { Request = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(500)) } },
                new Route { Match = new() { Headers = { new HeaderMatch { Name = "x-absent", Exact = "no", Invert = true }, new HeaderMatch { Name = "x-fault" } } }, Fault = new() { Abort = new() { Code = "DATA_LOSS" } } },
                new Route { Match = new() { Headers = { new HeaderMatch { Name = "x-answer" } } }, DirectResponse = new() { Code = "NOT_FOUND" } },
                new Route
                {
                    Match = new() { PathRegex = "/xds\\.v1\\.Instance/w[h-i]o", Headers = { new HeaderMatch { Name = "x-split" } } },
                    Backends = { new RouteBackend { Subset = new() { Version = "v1" }, Weight = 1 }, new RouteBackend { Subset = new() { Version = "v2" }, Weight = 3 } },
                },
            },
        })).Warnings;
        Assert.Contains("orders: config.timeouts.per_try: has no effect for clients without a sidecar", warnings);
        await EndsWithAsync(mesh, 10, ends => ends.GetValueOrDefault("b") == 10, headers: "x-user=ann");
        var dump = JsonNode.Parse(await XdsMesh.MeshctlAsync("xds", "dump", "orders", "--as", "grpc-js", "--control-plane", mesh.Plane.Url))!;
        Assert.Equal(["orders?version=v2", "orders", "orders?version=v1"], dump["endpoints"]!.AsArray().Select(cluster => cluster!["clusterName"]!.GetValue<string>()));
        await EndsWithAsync(mesh, 100, ends => ends.Count == 2 && ends.GetValueOrDefault("b") is >= 55 and <= 92, headers: "x-split=1");
        await EndsWithAsync(mesh, 10, ends => ends.GetValueOrDefault("DATA_LOSS") == 10, headers: "x-fault=1");
        await EndsWithAsync(mesh, 10, ends => ends.GetValueOrDefault("NOT_FOUND") == 10, headers: "x-answer=1");
        await EndsWithAsync(mesh, 10, ends => ends.Keys.All(name => name is "a" or "b"), method: "flaky");
        await EndsWithAsync(mesh, 1, ends => ends.ContainsKey("DEADLINE_EXCEEDED"), method: "sleep", body: "6");
        await EndsWithAsync(mesh, 1, ends => !ends.ContainsKey("DEADLINE_EXCEEDED"), method: "sleep", body: "0");
        await Bound.UntilAsync(async () => (await mesh.ClientsAsync()) is [{ Applied: true, Error: "" } client] && client.Client == $"web/{Environment.MachineName}", () => "the client has not applied all");

        // A weight of three to one, and a region of its own that steps in.
        await mesh.ApplyAsync(new() { Balancing = new() { Prefer = Balancing.Types.LocalityPreference.Zone } });
        await mesh.RegisterAsync("c", await mesh.ServeAsync("c"), change: instance => instance.Locality = new() { Region = "eu", Zone = "a" });
        await EndsWithAsync(mesh, 20, ends => ends.GetValueOrDefault("c") == 20);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task No_call_fails_while_instances_come_and_go_and_the_control_plane_is_killed(string language)
    {
        await using var mesh = await XdsMesh.StartAsync("--lease-ttl", "300s");
        var (a, b, c) = (await mesh.ServeAsync("a"), await mesh.ServeAsync("b"), await mesh.ServeAsync("c"));
        await mesh.RegisterAsync("a", a);
        await mesh.RegisterAsync("b", b);
        await mesh.ConnectAsync(language);
        await EndsWithAsync(mesh, 20, ends => ends.Count == 2);

        var ends = await mesh.UnderLoadAsync(async () =>
        {
            await mesh.RegisterAsync("c", c);
            await mesh.RegisterAsync("a", a, ServiceStatus.Draining);
            await EndsWithAsync(mesh, 20, ends => ends.ContainsKey("c") && !ends.ContainsKey("a"));
            await mesh.DeregisterAsync("a");
            await mesh.ReplaceControlPlaneAsync(async () => Assert.Equal(["b", "c"], (await mesh.CallAsync(50)).Keys.Order()));
            // Its clients are back first, and it knows of nobody yet.
            await Bound.UntilAsync(async () => await StreamsAsync(mesh) == 1, () => "the client has not come back");
            Assert.Equal(["b", "c"], (await mesh.CallAsync(50)).Keys.Order());
            await mesh.RegisterAsync("a", a);
            await mesh.RegisterAsync("b", b);
            await EndsWithAsync(mesh, 20, ends => ends.Keys.Order().SequenceEqual(["a", "b"]));
        });
        Assert.Equal(["a", "b", "c"], ends.Keys.Order());
    }

    [Fact]
    public async Task A_server_serves_once_the_control_plane_says_so()
    {
        await using var mesh = await XdsMesh.StartAsync("--lease-ttl", "300s");
        await mesh.RegisterAsync("a", await mesh.ServeAsync("a", FreePort()));
        await mesh.ConnectAsync("python");
        await EndsWithAsync(mesh, 5, ends => ends.GetValueOrDefault("a") == 5);
    }

    // A client's word of how its calls end follows what it is told by moments: of a C-core that rests by seconds.
    private static async Task EndsWithAsync(XdsMesh mesh, int calls, Func<IReadOnlyDictionary<string, int>, bool> expected, string method = "who", string body = "-", string headers = "")
    {
        IReadOnlyDictionary<string, int> last = new Dictionary<string, int>();
        await Bound.UntilAsync(async () => expected(last = await mesh.CallAsync(calls, method, body, headers)), () => $"{method} {headers}: {string.Join(", ", last)}");
    }

    private static async Task<int> StreamsAsync(XdsMesh mesh)
    {
        using var pages = new HttpClient();
        var line = (await pages.GetStringAsync($"http://{mesh.Plane.Http}/metrics")).Split('\n').First(line => line.StartsWith("mesh_xds_streams ", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
