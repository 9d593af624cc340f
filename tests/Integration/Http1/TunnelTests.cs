using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Net.Client;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;

namespace Mesh.Integration.Http1;

/// <summary>CONNECT on the outbound port: what clients do that are told of a proxy.</summary>
public sealed class TunnelTests
{
    [Fact]
    public async Task Calls_of_gRPC_go_through_a_tunnel_and_are_balanced_in_it()
    {
        await using var one = await EchoServer.StartAsync("one");
        await using var two = await EchoServer.StartAsync("two");
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [one.Address, two.Address], "{balancing: {policy: ROUND_ROBIN}}"));
        using var channel = Through(sidecar.Outbound, "echo:80");
        var client = new Echo.EchoClient(channel);

        var served = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            served.Add((await client.UnaryAsync(new Behaviour(), 100_000)).Instance);
        }

        Assert.Equal(["one", "two"], served.Order());
    }

    [Fact]
    public async Task Requests_of_HTTP_1_go_through_a_tunnel_one_after_the_other()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync("CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\nGET /a HTTP/1.1\r\nHost: web\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadUntilAsync("GET /a HTTP/1.1\r\nhost: web\r\n"), StringComparison.Ordinal);
        await client.SendAsync("GET /b HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
        Assert.Contains("GET /b HTTP/1.1\r\nhost: web\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("www.example.com:443")]
    [InlineData("nobody:80")]
    public async Task A_tunnel_to_nobody_of_the_mesh_is_refused_and_the_connection_goes_on(string target)
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]), "--service", "web", "--app", web.Address, "--health", "none");
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await client.ReadUntilAsync("none of that name\n"), StringComparison.Ordinal);

        using var inbound = await RawClient.ConnectAsync(sidecar.Inbound);
        await inbound.SendAsync("CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405 ", await inbound.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Empty(web.Heads);
    }

    [Fact]
    public async Task What_is_spoken_in_a_tunnel_is_one_of_the_two_protocols()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync("CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_ends_the_tunnel_the_caller_sees_it_and_nothing_stays()
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        for (var i = 0; i < 20; i++)
        {
            using var client = await RawClient.ConnectAsync(sidecar.Outbound);
            await client.SendAsync("CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\nGET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
            Assert.Contains("GET / HTTP/1.1", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        using var pages = WebCalls.Client();
        await Bound.UntilAsync(
            async () => new PrometheusPage(await pages.GetStringAsync($"http://{sidecar.Admin}/metrics")).Sum("mesh_connections", ("side", "downstream")) == 0,
            () => "all connections gone");
    }

    private static GrpcChannel Through(string proxy, string target) => GrpcChannel.ForAddress($"http://{target}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPEndPoint.Parse(proxy), cancellation);
                var stream = new NetworkStream(socket, ownsSocket: true);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"), cancellation);
                var head = "";
                var one = new byte[1];
                while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, cancellation) > 0)
                {
                    head += (char)one[0];
                }

                Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
                return stream;
            },
        },
    });
}
