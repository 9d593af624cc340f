using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A sidecar that has run out of file descriptors turns new connections away, keeps those it has, and recovers.</summary>
public sealed class DescriptorTests
{
    private const int Waiting = 40;

    /// <summary>RFC 9113 section 3.4: the preface, then SETTINGS, here without any.</summary>
    private static readonly byte[] Hello = [.. Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_descriptors_new_connections_wait_and_calls_under_way_go_on(bool portable)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere the limit of another process cannot be changed
        }

        await using var server = await EchoServer.StartAsync();
        await using var cut = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(("echo", [server.Address], "{}"), ("cut", [cut.Address], "{}")),
            new Dictionary<string, string>(DescriptorLimit.Environment) { ["MESH_PORTABLE_LOOP"] = portable ? "1" : "0" });
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var cutClient = new Echo.EchoClient(sidecar.Channel("cut"));
        await client.UnaryAsync(new Behaviour());
        await cutClient.UnaryAsync(new Behaviour());
        using var stream = client.Bidi(cancellationToken: Bound.Token);
        await EchoOnceAsync(stream);

        // The next calls to this one need a connection, for which there will be no descriptor.
        cut.CutConnections();
        await Bound.UntilAsync(() => cut.Connections == 0, () => "the server is cut off");
        var limit = DescriptorLimit.Leave(sidecar.Process, 8);
        var sockets = Enumerable.Range(0, Waiting).Select(_ => Connect(sidecar.Outbound, Hello)).ToList();
        try
        {
            await Bound.UntilAsync(() => Served(sockets) > 0 && limit.IsReached, () => "descriptors run out");
            for (var i = 0; i < 20; i++)
            {
                await client.UnaryAsync(new Behaviour(), 100);
                await EchoOnceAsync(stream);
            }

            Assert.InRange(Served(sockets), 1, Waiting - 1);
            var status = await cutClient.FailureAsync(new Behaviour());
            Assert.Equal(StatusCode.Unavailable, status.StatusCode);
            Assert.Contains($"{cut.Address} cannot be reached: this process has no file descriptor left", status.Detail, StringComparison.Ordinal);

            // It recovers when somebody goes, and when the limit is raised.
            var served = sockets.Where(socket => socket.Available > 0).ToList();
            served.ForEach(socket => socket.Dispose());
            sockets.RemoveAll(served.Contains);
            await Bound.UntilAsync(() => Served(sockets) > 0, () => "those that waited are served");
            limit.Lift();
            await Bound.UntilAsync(() => Served(sockets) == sockets.Count, () => "all that waited are served");
            await cutClient.UnaryAsync(new Behaviour());
            await EchoOnceAsync(stream);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        AssertNoDefect(sidecar);
    }

    [Fact]
    public async Task Without_descriptors_the_admin_pages_are_served_to_who_is_connected_and_to_the_others_afterwards()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server), DescriptorLimit.Environment);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new Behaviour());
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };
        var pages = new[] { "metrics", "config", "clusters", "connections" }.Select(page => $"http://{sidecar.Admin}/{page}").ToList();
        Assert.Contains("process_threads", await http.GetStringAsync(pages[0]), StringComparison.Ordinal);

        var limit = DescriptorLimit.Leave(sidecar.Process, 1);
        var sockets = Enumerable.Range(0, Waiting).Select(_ => Connect(sidecar.Admin, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"u8)).ToList();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                await client.UnaryAsync(new Behaviour(), 100);
                Assert.NotEmpty(await http.GetStringAsync(pages[i % pages.Count]));
            }

            Assert.InRange(Served(sockets), 0, Waiting - 1);
            limit.Lift();
            await Bound.UntilAsync(() => Served(sockets) == sockets.Count, () => "all that waited are served");
            Assert.Contains("process_threads", await http.GetStringAsync(pages[0]), StringComparison.Ordinal);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        AssertNoDefect(sidecar);
    }

    [Fact]
    public async Task Http1_that_could_not_begin_without_descriptors_begins_when_there_are_some()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var server = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [server.Address]), DescriptorLimit.Environment);
        // Enough to accept a connection; what more it takes to begin to serve depends on how the sidecar was built.
        var limit = DescriptorLimit.Leave(sidecar.Process, 2);
        var request = Encoding.ASCII.GetBytes("GET /echo HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
        using (var socket = Connect(sidecar.Outbound, request))
        {
            await ReadToEndAsync(socket);
        }

        limit.Lift();
        using var later = Connect(sidecar.Outbound, request);
        Assert.Contains(" 200 ", await ReadToEndAsync(later), StringComparison.Ordinal);
        AssertNoDefect(sidecar);
    }

    private static void AssertNoDefect(Sidecar sidecar) =>
        Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket));
        try
        {
            return await reader.ReadToEndAsync(Bound.Token);
        }
        catch (IOException)
        {
            return ""; // cut off
        }
    }

    private static async Task EchoOnceAsync(AsyncDuplexStreamingCall<EchoRequest, EchoReply> stream)
    {
        await stream.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 10));
        Assert.True(await stream.ResponseStream.MoveNext(Bound.Token));
    }

    private static int Served(List<Socket> sockets) => sockets.Count(socket => socket.Available > 0);

    private static Socket Connect(string address, ReadOnlySpan<byte> first)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(first);
        return socket;
    }
}
