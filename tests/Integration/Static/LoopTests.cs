using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Routes that lead back to where they come from.</summary>
public sealed class LoopTests
{
    [Fact]
    public async Task A_service_at_its_own_sidecars_outbound_port_is_found_out()
    {
        var outbound = FreeAddress();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [outbound]), "--outbound", outbound);
        await AssertFoundOutAsync(sidecar);
    }

    [Fact]
    public async Task Two_sidecars_that_lead_to_each_other_are_found_out()
    {
        var (first, second) = (FreeAddress(), FreeAddress());
        await using var one = await Sidecar.StartStaticAsync(Yaml.Service("echo", [second]), "--outbound", first);
        await using var two = await Sidecar.StartStaticAsync(Yaml.Service("echo", [first]), "--outbound", second);
        await AssertFoundOutAsync(one);
    }

    [Fact]
    public async Task An_app_at_its_own_sidecars_inbound_port_is_found_out()
    {
        var inbound = FreeAddress();
        await using var sidecar = await Sidecar.StartStaticAsync(
            "services: []", "--service", "echo", "--app", inbound, "--inbound", inbound, "--health", "none");
        var client = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo"));
        Assert.Equal(StatusCode.FailedPrecondition, (await client.FailureAsync(new Behaviour())).StatusCode);
    }

    [Fact]
    public async Task The_same_in_HTTP_1()
    {
        var outbound = FreeAddress();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [outbound]), "--outbound", outbound);
        using var http = new HttpClient(MeshChannel.Handler(outbound));
        using var response = await http.GetAsync("http://echo/", Bound.Token);
        Assert.Equal(HttpStatusCode.LoopDetected, response.StatusCode);
        Assert.Contains("leads back to itself", await response.Content.ReadAsStringAsync(Bound.Token), StringComparison.Ordinal);
    }

    private static async Task AssertFoundOutAsync(Sidecar sidecar)
    {
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var expected = new Status(
            StatusCode.FailedPrecondition, "service 'echo': the call has passed 10 sidecars already: its route leads back to itself");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(expected, await client.FailureAsync(new Behaviour()));
        }

        Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));
    }

    private static string FreeAddress()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return probe.LocalEndPoint!.ToString()!;
    }
}
