using System.Net;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

public sealed class DrainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_under_way_gets_its_answer_and_idle_connections_are_closed_meanwhile(bool isInbound)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = isInbound
            ? await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", web.Address)
            : await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        var address = isInbound ? sidecar.Inbound : sidecar.Outbound;
        using var idle = await RawClient.ConnectAsync(address);
        await idle.SendAsync(Get);
        await idle.ReadUntilAsync("\r\n\r\n");
        using var client = WebCalls.Client();
        var call = client.CallAsync(address, "web", "/gate");
        await Bound.UntilAsync(() => web.Seen.Count == 2, () => "the request at the server");

        sidecar.Process.Terminate();
        var side = isInbound ? "inbound" : "outbound";
        await sidecar.Process.LineAsync(line => line.Contains($"{side} takes no more, 1 calls on", StringComparison.Ordinal));
        await idle.ReadToEndAsync();
        Assert.False(sidecar.Process.HasExited);
        web.OpenGate();

        using var answer = await call;
        Assert.Equal("through", await answer.Content.ReadAsStringAsync());
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_request_that_outlasts_the_grace_is_cut_off()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]), "--drain-grace", "100ms");
        using var client = WebCalls.Client();
        var call = client.CallAsync(sidecar.Outbound, "web", "/gate");
        await Bound.UntilAsync(() => !web.Seen.IsEmpty, () => "the request at the server");

        sidecar.Process.Terminate();

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.Contains(sidecar.Process.Errors, line => line.Contains("still has 1 calls after the grace of 100ms", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_app_can_call_out_until_its_last_call_is_answered()
    {
        await using var web = await WebServer.StartAsync();
        await using var other = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("other", [other.Address]), "--service", "web", "--app", web.Address);
        using var client = WebCalls.Client();
        var call = client.CallAsync(sidecar.Inbound, "web", "/gate");
        await Bound.UntilAsync(() => !web.Seen.IsEmpty, () => "the request at the app");

        sidecar.Process.Terminate();
        await sidecar.Process.LineAsync(line => line.Contains("inbound takes no more", StringComparison.Ordinal));
        using var outwards = await client.CallAsync(sidecar.Outbound, "other");
        Assert.Equal(HttpStatusCode.OK, outwards.StatusCode);
        web.OpenGate();

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_sidecar_that_never_saw_HTTP_1_ends_as_before()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }
}
