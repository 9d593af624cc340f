using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Servers that are there and do not speak.</summary>
public sealed class ConnectTests : IAsyncLifetime
{
    private EchoServer _server = null!;

    public async Task InitializeAsync() => _server = await EchoServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_server_that_is_slow_to_speak_is_waited_for()
    {
        await using var slow = new SlowServer(_server.Address, TimeSpan.FromMilliseconds(500));
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [slow.Address], "{timeouts: {connect: 300ms}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.UnaryAsync(new Behaviour())));
        Assert.Equal(20, _server.Counts.Calls);
    }

    [Fact]
    public async Task Calls_to_a_server_that_never_speaks_go_elsewhere()
    {
        await using var silent = new SlowServer(null, TimeSpan.Zero);
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", [silent.Address, _server.Address], "{balancing: {policy: ROUND_ROBIN}, timeouts: {connect: 2s}}")); // the other one has it too, and the machine may be busy
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new Behaviour()); // the other one is connected now
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.UnaryAsync(new Behaviour())));
        Assert.Equal(21, _server.Counts.Calls);
    }

    /// <summary>Its queue of connections is full: what more would come is dropped, as by a firewall.</summary>
    [Fact]
    public async Task A_server_to_which_no_packet_gets_through_is_left_for_the_next_after_the_limit_that_is_set()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        List<TcpClient> queued = [];
        try
        {
            var isFull = false;
            while (!isFull && queued.Count < 100)
            {
                var one = new TcpClient();
                queued.Add(one);
                var connected = one.ConnectAsync((IPEndPoint)full.LocalEndPoint!);
                isFull = await Task.WhenAny(connected, Task.Delay(TimeSpan.FromSeconds(1))) != connected;
            }

            Assert.True(isFull || !OperatingSystem.IsLinux());
            await using var sidecar = await Sidecar.StartStaticAsync(
                Yaml.Service("echo", [full.LocalEndPoint!.ToString()!, _server.Address], "{balancing: {policy: ROUND_ROBIN}, timeouts: {connect: 0.2s}, retry: {max_attempts: 1}}"));
            var client = new Echo.EchoClient(sidecar.Channel("echo"));
            // The other one has the same limit, which it may miss on a busy machine; it is connected all the same.
            await Bound.UntilAsync(() => IsAnsweredAsync(client), () => "the other one is connected");
            for (var i = 0; i < 4; i++)
            {
                var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(4); // the next limit that could have ended it was 5 s
                await client.UnaryAsync(new EchoRequest(), deadline: deadline);
            }
        }
        finally
        {
            queued.ForEach(one => one.Dispose());
        }
    }

    private static async Task<bool> IsAnsweredAsync(Echo.EchoClient client)
    {
        try
        {
            await client.UnaryAsync(new Behaviour());
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }

    [Fact]
    public async Task One_failed_connection_is_one_failure_however_many_calls_waited_for_it()
    {
        await using var server = new SlowServer(_server.Address, TimeSpan.Zero, silentConnections: 1);
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", [server.Address], "{timeouts: {connect: 1s}, breaker: {consecutive_failures: 2, max_ejection_percent: 100}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.UnaryAsync(new Behaviour())));
        Assert.Equal(20, _server.Counts.Calls);
    }

    [Fact]
    public async Task A_server_that_never_speaks_is_named()
    {
        await using var silent = new SlowServer(null, TimeSpan.Zero);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [silent.Address], "{timeouts: {connect: 100ms}}"));
        var status = await new Echo.EchoClient(sidecar.Channel("echo")).FailureAsync(new Behaviour());
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.StartsWith(
            $"service 'echo': {silent.Address} cannot be reached: it takes connections, but says nothing on them (",
            status.Detail,
            StringComparison.Ordinal);
    }
}
