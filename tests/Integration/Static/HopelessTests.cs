using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Calls whose deadline no answer could keep are not sent.</summary>
public sealed class HopelessTests
{
    [Fact]
    public async Task Their_callers_are_told_at_once_and_the_server_does_not_hear_of_them()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service(
            "echo", server, "{routes: [{match: {http_method: GET}, timeouts: {request: 0.05s}}, {match: {headers: [{name: x-anyway}]}, timeouts: {send_hopeless: true}}]}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => client.UnaryAsync(new Behaviour { DelayMs = 4000 })));
        Assert.Equal(25, server.Counts.Calls);

        // gRPC keeps its deadline itself: what the sidecar says comes first, or this test says nothing.
        var late = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new EchoRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.5)));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.Contains("leaves less than half of what the fastest answers take, and the call was not sent", late.Status.Detail, StringComparison.Ordinal);

        using var http = WebCalls.Client();
        using var answer = await http.CallAsync(sidecar.Outbound, "echo");
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("timeouts.request of 50ms leaves less than half", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(25, server.Counts.Calls);

        await client.UnaryAsync(new EchoRequest(), new Metadata { { "x-anyway", "1" } }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.5));
        Assert.Equal(26, server.Counts.Calls);
    }
}
