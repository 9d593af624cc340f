using Grpc.Net.Client;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;

namespace Mesh.Integration.Http1;

/// <summary>CONNECT over HTTP/2 (RFC 9113 section 8.5): many tunnels to the outbound port on one connection.</summary>
public sealed class Http2TunnelTests
{
    [Fact]
    public async Task Calls_of_gRPC_go_through_a_tunnel_and_are_balanced_in_it()
    {
        await using var one = await EchoServer.StartAsync("one");
        await using var two = await EchoServer.StartAsync("two");
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [one.Address, two.Address], "{balancing: {policy: ROUND_ROBIN}}"));
        await using var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound);
        using var channel = GrpcChannel.ForAddress("http://echo:80", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, _) =>
                {
                    var tunnel = await connection.AskAsync("echo:80");
                    Assert.Equal("200", await tunnel.StatusAsync);
                    return tunnel;
                },
            },
        });

        var client = new Echo.EchoClient(channel);
        var served = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            // An answer of more than the tunnel's window.
            served.Add((await client.UnaryAsync(new Behaviour { ReplyBytes = 100_000 }, 1000)).Instance);
        }

        Assert.Equal(["one", "two"], served.Order());
    }

    [Fact]
    public async Task Tunnels_of_one_connection_are_apart()
    {
        await using var web = RawServer.Mirror();
        await using var other = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(("web", [web.Address], "{}"), ("other", [other.Address], "{}")));
        await using var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound);

        var first = await connection.AskAsync("web:80");
        var second = await connection.AskAsync("other");
        await first.SendAsync("GET /a HTTP/1.1\r\nHo"); // the head of the one is not whole while the other is answered
        await second.SendAsync("GET /b HTTP/1.1\r\nHost: whatever\r\n\r\n");
        Assert.Contains("GET /b HTTP/1.1\r\nhost: whatever\r\n", await second.ReadUntilAsync("whatever\r\n"), StringComparison.Ordinal);
        await second.ResetAsync();
        await first.SendAsync("st: web\r\n\r\n");
        Assert.Contains("GET /a HTTP/1.1\r\nhost: web\r\n", await first.ReadUntilAsync("host: web\r\n"), StringComparison.Ordinal);
        await first.SendAsync("GET /c HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
        Assert.Contains("GET /c HTTP/1.1\r\nhost: web\r\n", await first.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(2, web.Heads.Count);
        Assert.Single(other.Heads);
    }

    [Fact]
    public async Task Who_has_ended_its_direction_still_gets_its_answer()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        await using var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound);

        var tunnel = await connection.AskAsync("web:80");
        await tunnel.SendAsync("GET /last HTTP/1.1\r\nHost: web\r\n\r\n", end: true);
        Assert.Contains("GET /last HTTP/1.1", await tunnel.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tunnel_that_is_asked_for_and_ended_in_one_is_over_at_once()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        await using var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound);

        var tunnel = await connection.AskAsync("web:80", end: true);
        Assert.Equal("200", await tunnel.StatusAsync);
        Assert.Equal("", await tunnel.ReadToEndAsync());
        Assert.Empty(web.Heads);
    }

    [Fact]
    public async Task A_tunnel_to_nobody_of_the_mesh_is_refused_and_the_connection_goes_on()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]), "--service", "web", "--app", web.Address, "--health", "none");
        await using var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound);

        var refused = await connection.AskAsync("www.example.com:443");
        Assert.Equal("404", await refused.StatusAsync);
        Assert.Equal("a tunnel leads to a service of the mesh alone, and there is none of that name\n", await refused.ReadToEndAsync());

        var tunnel = await connection.AskAsync("web:80");
        await tunnel.SendAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        await tunnel.ReadUntilAsync("host: web\r\n");

        await using var inbound = await TunnelingConnection.ConnectAsync(sidecar.Inbound);
        var there = await inbound.AskAsync("web:80");
        Assert.StartsWith("CONNECT is for the outbound port of a sidecar", await there.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Single(web.Heads);
    }

    [Fact]
    public async Task Nothing_stays_of_tunnels_that_are_reset_or_whose_connection_is_gone()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        await using (var connection = await TunnelingConnection.ConnectAsync(sidecar.Outbound))
        {
            for (var i = 0; i < 20; i++)
            {
                var tunnel = await connection.AskAsync("web:80");
                await tunnel.SendAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\nGET"); // one is answered, one has begun
                await tunnel.ReadUntilAsync("host: web\r\n");
                if (i % 2 == 0)
                {
                    await tunnel.ResetAsync();
                }
            }
        }

        using var pages = WebCalls.Client();
        await Bound.UntilAsync(
            async () => new PrometheusPage(await pages.GetStringAsync($"http://{sidecar.Admin}/metrics")).Sum("mesh_connections", ("side", "downstream")) == 0,
            () => "all connections gone");
    }
}
