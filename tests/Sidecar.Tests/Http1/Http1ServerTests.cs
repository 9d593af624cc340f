using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Http2.Buffers;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Http1;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Tests.Discovery;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Tests.Http1;

public sealed class Http1ServerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Before_it_goes_away_it_still_serves_and_every_answer_says_that_the_connection_ends()
    {
        await using var server = Server(Telemetry);
        using var old = await GiveAsync(server);
        Assert.DoesNotContain("Connection: close", await AskAsync(old), StringComparison.Ordinal);

        server.SayClose();

        Assert.Contains("Connection: close", await AskAsync(old), StringComparison.Ordinal);
        Assert.Equal(0, await ReadAsync(old));
        using var late = await GiveAsync(server);
        Assert.Contains("404 Not Found", await AskAsync(late), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_it_goes_away_idle_connections_and_new_ones_are_closed()
    {
        await using var server = Server(Telemetry);
        using var idle = await GiveAsync(server);
        await AskAsync(idle);
        Assert.Equal(1, server.Connections);

        server.GoAway();

        Assert.Equal(0, await ReadAsync(idle));
        using var late = await GiveAsync(server);
        Assert.Equal(0, await ReadAsync(late));
        Assert.True(SpinWait.SpinUntil(() => server.Connections == 0, Limit));
        Assert.Equal(0, server.Calls);
    }

    [Fact]
    public async Task If_it_cannot_start_it_says_so_and_leaves_no_connection_waiting()
    {
        var log = new StringWriter();
        await using var server = Server(() => throw new InvalidOperationException("out of order"), log);
        using var first = await GiveAsync(server);
        Assert.Equal(0, await ReadAsync(first));
        using var second = await GiveAsync(server);
        Assert.Equal(0, await ReadAsync(second));
        await Wait.UntilAsync(() => server.Connections == 0);
        Assert.Contains("out of order", log.ToString(), StringComparison.Ordinal);
    }

    private static Http1Telemetry Telemetry() => new(Direction.Outbound, TraceSampling.Off, null, null, new ClusterStatistics(ClusterStatistics.Other), TimeProvider.System);

    private static Http1Server Server(Func<Http1Telemetry> telemetry, TextWriter? log = null) => new(
        Direction.Outbound,
        new ServiceDirectory([], isWhole: true, TimeProvider.System),
        MemoryBudget.Unlimited,
        telemetry,
        TimeProvider.System,
        new Log(LogLevel.Information, log ?? TextWriter.Null, TimeProvider.System));

    /// <summary>A connection's near end; the server has the far one.</summary>
    private static async Task<Socket> GiveAsync(Http1Server server)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await near.ConnectAsync(listener.LocalEndpoint);
        server.Serve(await listener.AcceptSocketAsync(), new Http1Entry(null, null));
        return near;
    }

    /// <summary>Asks for a service that there is not, and gives the answer.</summary>
    private static async Task<string> AskAsync(Socket connection)
    {
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n"u8.ToArray());
        var answer = new StringBuilder();
        var buffer = new byte[1024];
        while (!answer.ToString().Contains("no such service 'nobody'\n", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer).WaitAsync(Limit);
            Assert.True(read > 0, $"the connection ended after: {answer}");
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    private static async Task<int> ReadAsync(Socket connection)
    {
        try
        {
            return await connection.ReceiveAsync(new byte[1]).WaitAsync(Limit);
        }
        catch (SocketException)
        {
            return 0; // cut off is closed as well
        }
    }
}
