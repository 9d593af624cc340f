using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A sidecar that may open few files (<c>ulimit -n</c>) keeps some back, whoever connects.</summary>
public sealed class FewDescriptorsTests
{
    private const int Callers = 500;

    /// <summary>A native executable needs 15 at rest; another one has its assemblies open.</summary>
    private const int Limit = 512;

    /// <summary>RFC 9113 section 3.4: the preface, then SETTINGS, here without any.</summary>
    private static readonly byte[] Hello = [.. Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_leave_descriptors_for_probes_and_endpoints_and_wait_until_others_go(bool portable)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var first = await EchoServer.StartAsync();
        await using var second = await EchoServer.StartAsync();
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, Yaml.Services(("first", [first.Address], "{}"), ("second", [second.Address], "{}")));
        await using var sidecar = Through.Limit(
            Limit,
            Executables.Sidecar,
            new Dictionary<string, string>(DescriptorLimit.Environment) { ["MESH_PORTABLE_LOOP"] = portable ? "1" : "0" },
            "--static", file, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0");
        await sidecar.ReadyAsync();
        var outbound = sidecar.Listener("outbound");
        using var channelToFirst = MeshChannel.To(outbound, "first");
        using var channelToSecond = MeshChannel.To(outbound, "second");
        await new Echo.EchoClient(channelToFirst).UnaryAsync(new Behaviour());
        await new Echo.EchoClient(channelToSecond).UnaryAsync(new Behaviour());
        second.CutConnections();
        await Bound.UntilAsync(() => second.Connections == 0, () => "the next call to it needs a connection");

        var sockets = Enumerable.Range(0, Callers).Select(_ => Connect(outbound)).ToList();
        try
        {
            await sidecar.LineAsync(line => line.Contains(
                $"warning outbound takes no more connections for now: no file descriptor is left for them but those kept back for endpoints, the control plane and the admin pages (ulimit -n is {Limit})",
                StringComparison.Ordinal));
            for (var i = 0; i < 20; i++)
            {
                using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };
                Assert.Equal("ok\n", await http.GetStringAsync(new Uri($"http://{sidecar.Listener("admin")}/livez")));
            }

            var page = await PageAsync(sidecar);
            Assert.Equal(1, page.Sum("mesh_listener_paused", ("listener", "outbound")));
            Assert.InRange(page.Sum("mesh_listener_pauses_total", ("listener", "outbound"), ("reason", "descriptors")), 1, double.MaxValue);
            Assert.InRange(Served(sockets), 1, Callers - 1);
            await new Echo.EchoClient(channelToSecond).UnaryAsync(new Behaviour());

            // Those that waited are served when others go.
            var served = sockets.Where(socket => socket.Available > 0).ToList();
            served.ForEach(socket => socket.Dispose());
            sockets.RemoveAll(served.Contains);
            await Bound.UntilAsync(() => Served(sockets) > 0, () => "those that waited are served");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await sidecar.LineAsync(line => line.Contains("info outbound takes connections again", StringComparison.Ordinal));
        using var later = MeshChannel.To(outbound, "first");
        await new Echo.EchoClient(later).UnaryAsync(new Behaviour());
        Assert.Equal(0, (await PageAsync(sidecar)).Sum("mesh_listener_paused"));
        File.Delete(file);
    }

    private static async Task<PrometheusPage> PageAsync(MeshProcess sidecar)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };
        return new PrometheusPage(await http.GetStringAsync(new Uri($"http://{sidecar.Listener("admin")}/metrics")));
    }

    private static int Served(List<Socket> sockets) => sockets.Count(socket => socket.Available > 0);

    private static Socket Connect(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(Hello);
        return socket;
    }
}
