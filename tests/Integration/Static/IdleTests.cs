using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Calls on which nothing moves: those that a service's idle timeout ends, and those that must not hold up others.</summary>
public sealed class IdleTests
{
    [Fact]
    public async Task A_call_on_which_nothing_moves_ends_by_the_idle_timeout()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await StartAsync(server);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var status = await client.FailureAsync(new Behaviour { Hang = true });
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.StartsWith($"service 'echo': no byte to or from {server.Address} for timeouts.idle of ", status.Detail, StringComparison.Ordinal);
        await Bound.UntilAsync(() => server.Counts.Cancelled == 1, () => "the server's call is cancelled");
    }

    [Fact]
    public async Task A_stream_that_has_begun_and_falls_silent_ends_by_the_idle_timeout()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await StartAsync(server);
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        var status = await Calls.FailureAsync(() => call.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.Contains("timeouts.idle of ", status.Detail, StringComparison.Ordinal);
    }

    /// <summary>With a first call behind it, which pays for the start of everything; no byte moves meanwhile.</summary>
    private static async Task<Sidecar> StartAsync(EchoServer server)
    {
        var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(
            ("first", [server.Address], "{}"), ("echo", [server.Address], "{timeouts: {idle: 2s}}")));
        await new Echo.EchoClient(sidecar.Channel("first")).UnaryAsync(new Behaviour());
        return sidecar;
    }

    [Fact]
    public async Task Uploads_that_nobody_reads_do_not_hold_up_other_calls()
    {
        await using var server = await EchoServer.StartAsync(connectionWindow: 1024 * 1024);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, "{}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var end = new CancellationTokenSource();
        var uploads = Enumerable.Range(0, 4).Select(_ => UploadAsync(client, end.Token)).ToList();
        await Bound.UntilAsync(
            async () => (await http.GetStringAsync($"http://{sidecar.Admin}/connections?format=text", Bound.Token)).Contains("stalled", StringComparison.Ordinal),
            () => "the connection is stalled");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(100, (await client.UnaryAsync(new Behaviour(), 100)).Payload.Length);
        }

        await end.CancelAsync();
        foreach (var upload in uploads)
        {
            await Calls.FailureAsync(() => upload);
        }
    }

    private static async Task UploadAsync(Echo.EchoClient client, CancellationToken end)
    {
        using var call = client.ClientStream(cancellationToken: end);
        await call.RequestStream.WriteAsync(Calls.Request(new Behaviour { Hang = true }), end);
        while (true)
        {
            await call.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 64 * 1024), end);
        }
    }
}
