using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Streams that last: seen while they do, and ended at their max age with every message answered.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task A_stream_is_seen_while_it_lasts_and_ends_at_its_max_age_between_two_messages()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, "{timeouts: {max_stream_age: 4s}}"));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).Bidi(cancellationToken: Bound.Token);
        var (answered, last) = (0, 0);
        Status? end = null;
        for (var sent = 1; end is null; sent++)
        {
            try
            {
                await call.RequestStream.WriteAsync(new EchoRequest());
                last = sent;
            }
            catch (Exception error) when (error is RpcException or InvalidOperationException)
            {
                // It has ended: what is read says why.
            }

            try
            {
                Assert.True(await call.ResponseStream.MoveNext(Bound.Token), "the stream has ended with OK");
                answered++;
            }
            catch (RpcException error)
            {
                end = error.Status;
            }

            if (answered == 3 && last == 3)
            {
                await AssertSeenAsync(http, sidecar, server);
            }
        }

        Assert.Equal(StatusCode.Unavailable, end.Value.StatusCode);
        Assert.StartsWith("service 'echo': the stream has lasted for timeouts.max_stream_age of 4s; open another", end.Value.Detail, StringComparison.Ordinal);
        Assert.InRange(answered, 3, int.MaxValue);
        Assert.InRange(last - answered, 0, 1); // written, perhaps, when the end was here already
        await Bound.UntilAsync(
            async () => new PrometheusPage(await http.GetStringAsync($"http://{sidecar.Admin}/metrics", Bound.Token)).Sum("mesh_stream_messages_total", ("way", "answer")) == answered,
            () => "all answers are counted");
    }

    private static async Task AssertSeenAsync(HttpClient http, Sidecar sidecar, EchoServer server)
    {
        using var page = JsonDocument.Parse(await http.GetStringAsync($"http://{sidecar.Admin}/connections", Bound.Token));
        var stream = Assert.Single(page.RootElement.GetProperty("loops").EnumerateArray().SelectMany(loop => loop.GetProperty("streams").EnumerateArray()));
        Assert.Equal("/integration.v1.Echo/Bidi", stream.GetProperty("method").GetString());
        Assert.Equal(server.Address, stream.GetProperty("endpoint").GetString());
        Assert.Equal((3, 3), (stream.GetProperty("requests").GetProperty("messages").GetInt32(), stream.GetProperty("answers").GetProperty("messages").GetInt32()));
    }
}
