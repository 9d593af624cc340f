using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Static;

/// <summary>Where a sidecar listens: any address of both families, and ::1 where there is no 127.0.0.1.</summary>
public sealed class AnyAddressTests
{
    private const string Unshare = "/usr/bin/unshare";

    [Theory]
    [InlineData("[::]:0", false, new[] { "127.0.0.1", "[::1]" })]
    [InlineData("[::]:0", true, new[] { "127.0.0.1", "[::1]" })]
    [InlineData("0.0.0.0:0", false, new[] { "127.0.0.1" })]
    [InlineData("[::1]:0", false, new[] { "[::1]" })]
    public async Task Any_address_is_that_of_both_families(string inbound, bool portable, string[] reached)
    {
        await using var app = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            "services: []",
            new Dictionary<string, string> { ["MESH_PORTABLE_LOOP"] = portable ? "1" : "0" },
            "--service", "echo", "--app", app.Address, "--inbound", inbound, "--admin", inbound, "--access-log", "json");
        foreach (var host in reached)
        {
            var port = sidecar.Inbound.Split(':')[^1];
            await new Echo.EchoClient(sidecar.ChannelTo($"{host}:{port}", "echo")).UnaryAsync(new Behaviour());
            // A caller by IPv4 is told by its address as it is written everywhere else.
            await sidecar.Process.LineAsync(line => line.Contains($"\"peer\":\"{host}:", StringComparison.Ordinal));
            using var http = WebCalls.Client();
            using var answer = await http.CallAsync($"{host}:{sidecar.Admin.Split(':')[^1]}", "127.0.0.1", "/livez");
            Assert.True(answer.IsSuccessStatusCode);
        }
    }

    [NamespaceFact(asRoot: true)]
    public async Task A_machine_without_127_0_0_1_has_another_loopback_address()
    {
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, "services: []");
        await using var sidecar = InNamespace("exec \"$0\" \"$@\"", Executables.Sidecar, "--static", file);
        await sidecar.ReadyAsync();
        Assert.Equal("[::1]:15001", sidecar.Listener("outbound"));
        Assert.Equal("[::1]:15020", sidecar.Listener("admin"));
        await sidecar.LineAsync(line => line.EndsWith("warning --admin 127.0.0.1:15020: this machine has no 127.0.0.1; it is [::1] instead", StringComparison.Ordinal));
        File.Delete(file);
    }

    /// <summary>Runs something in a network namespace of its own that has no address but ::1.</summary>
    private static MeshProcess InNamespace(string command, params string[] arguments) => MeshProcess.Start(
        "unshare", Unshare, ["-n", "/bin/sh", "-c", $"ip link set lo up && ip addr del 127.0.0.1/8 dev lo && {command}", .. arguments]);
}
