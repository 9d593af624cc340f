using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Telemetry;

/// <summary>Whoever holds connections to the admin pages open must not make a probe find the sidecar dead.</summary>
public sealed class AdminConnectionTests
{
    private const int Held = 150;
    private const int Most = 64;

    [Theory]
    [InlineData("")]
    [InlineData("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n")]
    [InlineData("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")]
    public async Task Probes_get_in_beside_many_connections_that_are_held_open(string said)
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        var sockets = Enumerable.Range(0, Held).Select(_ => Connect(sidecar.Admin, said)).ToList();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };
                Assert.Equal("ok\n", await http.GetStringAsync(new Uri($"http://{sidecar.Admin}/livez")));
            }

            await using var probe = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, ["probe", $"http://{sidecar.Admin}/readyz", "--timeout", "20s"]);
            Assert.True(await probe.ExitCodeAsync() == 0, string.Join('\n', probe.Errors));
            await Bound.UntilAsync(
                () => sockets.Count(IsClosed) >= Held - Most, () => $"the oldest go: {sockets.Count(IsClosed)} of {Held} have gone");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_request_under_way_stays_when_idle_ones_could_go()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        // Its body is not whole: the oldest connection, and not idle.
        using var busy = Connect(sidecar.Admin, "POST /log-level HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        await using var under = new NetworkStream(busy);
        await under.ReadExactlyAsync(new byte["HTTP/1.1 100 Continue\r\n\r\n".Length], Bound.Token);
        var sockets = Enumerable.Range(0, Held).Select(_ => Connect(sidecar.Admin, "")).ToList();
        try
        {
            await Bound.UntilAsync(() => sockets.Exists(IsClosed), () => "the oldest idle one goes");
            await under.WriteAsync("debug"u8.ToArray(), Bound.Token);
            using var reader = new StreamReader(under);
            Assert.StartsWith("HTTP/1.1 200 ", await reader.ReadToEndAsync(Bound.Token), StringComparison.Ordinal);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Connections_that_only_linger_until_their_peer_closes_are_among_those_that_are_counted()
    {
        const int others = 20; // of the runtime, for threads and what it loads
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        var before = sidecar.Process.Descriptors.Count;
        var sockets = new List<Socket>();
        try
        {
            while (sockets.Count < Held)
            {
                var socket = Connect(sidecar.Admin, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
                sockets.Add(socket);
                await Bound.UntilAsync(() => IsClosed(socket), () => "the answer is whole");
            }

            Assert.InRange(sidecar.Process.Descriptors.Count, 0, before + Most + others);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static bool IsClosed(Socket socket)
    {
        // What was answered before it went is still there to be read.
        var answer = new byte[4096];
        try
        {
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                if (socket.Receive(answer) == 0)
                {
                    return true;
                }
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static Socket Connect(string address, string said)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPEndPoint.Parse(address));
        socket.Send(System.Text.Encoding.ASCII.GetBytes(said));
        return socket;
    }
}
