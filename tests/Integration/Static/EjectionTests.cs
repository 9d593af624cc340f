using System.Net;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.Telemetry;

namespace Mesh.Integration.Static;

/// <summary>A server that does worse than the others gets no more calls, and that is told.</summary>
public sealed class EjectionTests
{
    [Fact]
    public async Task One_that_answers_500_is_out_and_the_others_carry_on()
    {
        await using var first = await WebServer.StartAsync();
        await using var second = await WebServer.StartAsync();
        await using var bad = new RawServer(async (server, connection) =>
        {
            while (await server.ReadHeadAsync(connection) is not null)
            {
                await RawServer.SayAsync(connection, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service(
            "web",
            [first.Address, bad.Address, second.Address],
            "{balancing: {policy: ROUND_ROBIN}, ejection: {interval: 1s, base_time: 1h, failure_percentage: {threshold: 50, min_hosts: 2, request_volume: 5}}}"));
        using var client = WebCalls.Client();
        await Bound.UntilAsync(
            async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    using var _ = await client.CallAsync(sidecar.Outbound, "web");
                }

                var page = new PrometheusPage(await client.GetStringAsync($"http://{sidecar.Admin}/metrics", Bound.Token));
                return page.Sum("mesh_breaker_ejected_total") == 1;
            },
            () => "the bad one is ejected");
        for (var i = 0; i < 30; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Bound.UntilAsync(
            () => sidecar.Process.Errors.Any(line => line.Contains($"at {bad.Address}: opened for ", StringComparison.Ordinal) && line.Contains("(an outlier: 0.0 % of its ", StringComparison.Ordinal)),
            () => "it is told");
    }
}
