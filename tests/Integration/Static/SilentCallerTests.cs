using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Static;

/// <summary>A caller that is gone without a word: its machine is off, or the network between has forgotten it.</summary>
public sealed class SilentCallerTests
{
    /// <summary>Fifty seconds, and time for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Its_silent_calls_are_cancelled_at_the_app()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            "services: []", "--service", "echo", "--app", server.Address);
        await using var relay = new SilentRelay(sidecar.Inbound);
        var client = new Echo.EchoClient(sidecar.ChannelTo(relay.Address, "echo"));
        using var one = client.Bidi();
        using var other = client.Bidi();
        foreach (var call in new[] { one, other })
        {
            await call.RequestStream.WriteAsync(new EchoRequest());
            Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        }

        relay.Silence();
        await Bound.UntilAsync(() => server.Counts.Cancelled == 2, () => "the app's calls are cancelled", Limit);
        // Others are served meanwhile and afterwards.
        await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).UnaryAsync(new Behaviour());
    }

    [Fact]
    public async Task Its_silent_call_over_HTTP1_ends_at_the_app()
    {
        if (!LostPackets.IsPossible)
        {
            return;
        }

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = new RawServer(async (server, connection) =>
        {
            await server.ReadHeadAsync(connection);
            try
            {
                _ = await connection.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
            }
            catch (IOException)
            {
                // A call that is cut short is reset.
            }

            ended.TrySetResult();
        });
        await using var sidecar = await Sidecar.StartStaticAsync(
            "services: []", "--service", "web", "--app", app.Address, "--health", "none");
        using var caller = await RawClient.ConnectAsync(sidecar.Inbound);
        await caller.SendAsync("GET /events HTTP/1.1\r\nHost: web\r\n\r\n");
        await Bound.UntilAsync(() => !app.Heads.IsEmpty, () => "the app has the call");
        caller.Vanish();
        await ended.Task.WaitAsync(Limit);
    }
}
