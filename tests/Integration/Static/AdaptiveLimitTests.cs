using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A limit that follows how long calls take, on the way out and on the way in.</summary>
public sealed class AdaptiveLimitTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_becomes_slow_gets_fewer_calls_at_once(bool isInbound)
    {
        const string limits = "limits: {adaptive: {min_concurrent_requests: 2, interval: 100ms}}";
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = isInbound
            ? await Sidecar.StartStaticAsync($"services: [{{name: echo, inbound: {{{limits}}}}}]", "--service", "echo", "--app", server.Address)
            : await Sidecar.StartStaticAsync(Yaml.Service("echo", server, $"{{{limits}}}"));
        var address = isInbound ? sidecar.Inbound : sidecar.Outbound;
        var client = new Echo.EchoClient(sidecar.ChannelTo(address, "echo"));
        for (var i = 0; i < 30; i++)
        {
            await client.UnaryAsync(new Behaviour { DelayMs = 5 });
        }

        // Slower and slower, until not even four are let on at once.
        var slow = new Behaviour { DelayMs = 300 };
        await Bound.UntilAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OutcomeAsync(slow)))).Contains(StatusCode.Unavailable),
            () => "the limit is below four");

        var held = Enumerable.Range(0, 3).Select(_ => OutcomeAsync(new Behaviour { DelayMs = 5000 })).ToArray();
        await Bound.UntilAsync(() => server.Counts.UnderWay >= 2, () => "as many are there as may be");
        using var http = WebCalls.Client();
        await Bound.UntilAsync(
            async () =>
            {
                using var answer = await http.CallAsync(address, "echo");
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                    && (await answer.Content.ReadAsStringAsync()).Contains("too many calls are under way (limit ", StringComparison.Ordinal);
            },
            () => "HTTP is refused as well");
        await Task.WhenAll(held);

        async Task<StatusCode> OutcomeAsync(Behaviour behaviour)
        {
            try
            {
                await client.UnaryAsync(behaviour);
                return StatusCode.OK;
            }
            catch (RpcException e)
            {
                return e.StatusCode;
            }
        }
    }
}
