using System.Net;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

public sealed class IsolationTests
{
    [Fact]
    public async Task A_sidecar_that_has_lost_app_control_plane_and_every_endpoint_is_not_ready_until_one_is_back()
    {
        var plane = await ControlPlane.StartAsync();
        var address = plane.Grpc;
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url, "--service", "echo", "--app", "127.0.0.1:1");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        Assert.Equal("ready\n", await http.GetStringAsync("/readyz", Bound.Token)); // without its app alone it is
        await plane.DisposeAsync();
        var body = "";
        await Bound.UntilAsync(
            async () =>
            {
                using var answer = await http.GetAsync("/readyz", Bound.Token);
                body = await answer.Content.ReadAsStringAsync();
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            () => "not ready");
        Assert.Collection(
            body.TrimEnd().Split('\n'),
            line => Assert.Equal("the app at 127.0.0.1:1 is lost: connection refused", line),
            line => Assert.StartsWith($"the control plane at http://{address} is lost: ", line, StringComparison.Ordinal),
            line => Assert.Equal("no endpoint is connected", line));

        await using var back = await ControlPlane.StartAsync("--grpc", address);
        await Bound.UntilAsync(async () => (await http.GetAsync("/readyz", Bound.Token)).IsSuccessStatusCode, () => "ready again");
    }
}
