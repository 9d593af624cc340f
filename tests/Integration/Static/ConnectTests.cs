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
            Yaml.Service("echo", [silent.Address, _server.Address], "{balancing: {policy: ROUND_ROBIN}, timeouts: {connect: 300ms}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new Behaviour()); // the other one is connected now
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.UnaryAsync(new Behaviour())));
        Assert.Equal(21, _server.Counts.Calls);
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
