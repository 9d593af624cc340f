using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

/// <summary>A Host that means one thing to one reader and another to the next reaches nobody, on either side.</summary>
public sealed class HostTests
{
    [Theory]
    [InlineData("Host:\r\n")]
    [InlineData("Host: \r\n")]
    [InlineData("Host: evil@echo\r\n")]
    [InlineData("Host: a/b\r\n")]
    [InlineData("Host: echo:port\r\n")]
    [InlineData("Host: echo\r\nHost: echo\r\n")]
    [InlineData("Host: echo\r\nHost: other\r\n")]
    [InlineData("")]
    public async Task A_request_without_a_host_that_is_one_is_answered_400(string host)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", [web.Address]), "--service", "echo", "--app", web.Address);
        foreach (var address in (string[])[sidecar.Inbound, sidecar.Outbound])
        {
            using var client = await RawClient.ConnectAsync(address);
            await client.SendAsync($"GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 400 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(web.Seen);
    }

    [Theory]
    [InlineData("HTTP/1.1", "Host: echo:15006\r\n")]
    [InlineData("HTTP/1.1", "Host: [::1]:80\r\n")]
    [InlineData("HTTP/1.0", "")]
    public async Task Others_reach_the_app(string version, string host)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync("services: []", "--service", "echo", "--app", web.Address);
        using var client = await RawClient.ConnectAsync(sidecar.Inbound);
        await client.SendAsync($"GET / {version}\r\n{host}Connection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }
}
