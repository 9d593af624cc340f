using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;

namespace Mesh.Integration.Telemetry;

/// <summary>Callers choose names, paths and methods, and must not be able to make series or memory of them.</summary>
public sealed class InventedNamesTests
{
    private const int Names = 2000;

    [Fact]
    public async Task Two_thousand_of_them_make_no_series_and_little_memory()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url);
        using var http = new HttpClient();
        var before = await PageAsync(http, sidecar);
        using var client = WebCalls.Client();
        await Parallel.ForEachAsync(Enumerable.Range(0, Names), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using var answer = await client.CallAsync(sidecar.Outbound, $"invented-{i}");
            Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        });
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            await new Echo.EchoClient(sidecar.Channel($"made-up-{i}")).FailureAsync(new Behaviour()));
        var after = await PageAsync(http, sidecar);
        Assert.DoesNotContain("invented-", after, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up-", after, StringComparison.Ordinal);
        Assert.Equal(Names + 200, new PrometheusPage(after).Sum("mesh_call_duration_seconds_count", ("service", "_OTHER")));
        // One histogram a protocol, and digits.
        Assert.InRange(after.Length - before.Length, 0, 8 * 1024);
        // What is remembered of a name until the control plane would say something of it.
        Assert.InRange(Resident(after) - Resident(before), double.MinValue, 64.0 * 1024 * 1024);
    }

    [Fact]
    public async Task After_more_of_them_over_HTTP_2_than_are_remembered_a_service_that_comes_up_is_called()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url);
        using var client = new HttpClient();
        await Parallel.ForEachAsync(Enumerable.Range(0, 10_200), new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (i, _) =>
        {
            using var answer = await CallAsync(client, sidecar.Outbound, $"invented-{i}", "/");
            // Never heard of, or no room to ask.
            Assert.True(answer.StatusCode is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.ServiceUnavailable, answer.ToString());
        });
        await using var instance = await Mesh.MeshInstance.StartAsync(plane, "echo-1");
        var echo = new Echo.EchoClient(sidecar.Channel("echo"));
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    return (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance == "echo-1";
                }
                catch (Grpc.Core.RpcException)
                {
                    return false;
                }
            },
            () => "the service called by its name");
        using var http = new HttpClient();
        var page = new PrometheusPage(await PageAsync(http, sidecar));
        Assert.InRange(page.Sum("mesh_discovery_names"), 1, 10_000);
        Assert.DoesNotContain("invented-", await PageAsync(http, sidecar), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_thousand_invented_methods_of_callers_from_outside_are_one_series()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await Mesh.MeshInstance.StartAsync(plane, "echo-1");
        using var client = new HttpClient();
        await Parallel.ForEachAsync(Enumerable.Range(0, Names), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (i, _) =>
        {
            using var answer = await CallAsync(client, instance.Sidecar.Inbound, "echo", $"/invented.v{i}.Service/Method");
        });
        using var http = new HttpClient();
        var page = await PageAsync(http, instance.Sidecar);
        Assert.DoesNotContain("invented.", page, StringComparison.Ordinal);
        Assert.Equal(Names, new PrometheusPage(page).Sum("mesh_call_duration_seconds_count", ("direction", "inbound"), ("method", "_OTHER")));
    }

    /// <summary>By gRPC if it has a path, over one connection of HTTP/2 whatever the authority.</summary>
    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, string address, string authority, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{address}{path}")
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        request.Headers.Host = authority;
        if (path.Length > 1)
        {
            request.Headers.TE.ParseAdd("trailers");
            request.Content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/grpc");
        }

        return await client.SendAsync(request, Bound.Token);
    }

    /// <summary>Inbound, whatever the name, it is the app that is called.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public async Task Two_thousand_of_them_make_no_series_over_either_protocol_on_either_side(bool isInbound, int version)
    {
        await using var app = await EchoServer.StartRawAsync(_ => Task.CompletedTask);
        await using var sidecar = await Sidecar.StartStaticAsync("services: []", "--service", "echo", "--app", app.Address);
        using var http = new HttpClient();
        using var client = WebCalls.Client();
        await CallAsync(client, isInbound ? sidecar.Inbound : sidecar.Outbound, "first", version);
        var before = await PageAsync(http, sidecar);
        await Parallel.ForEachAsync(Enumerable.Range(0, Names), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            await CallAsync(client, isInbound ? sidecar.Inbound : sidecar.Outbound, $"invented-{i}", version));
        var after = await PageAsync(http, sidecar);
        Assert.DoesNotContain("invented-", after, StringComparison.Ordinal);
        Assert.Equal(
            Names + 1,
            new PrometheusPage(after).Sum(
                "mesh_call_duration_seconds_count", ("service", isInbound ? "echo" : "_OTHER"), ("direction", isInbound ? "inbound" : "outbound")));
        Assert.InRange(after.Length - before.Length, 0, 8 * 1024);
    }

    private static async Task CallAsync(HttpClient client, string address, string name, int version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}/")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = name },
        };
        using var answer = await client.SendAsync(request, Bound.Token);
    }

    private static Task<string> PageAsync(HttpClient http, Sidecar sidecar) =>
        http.GetStringAsync(new Uri($"http://{sidecar.Admin}/metrics"));

    private static double Resident(string page) => new PrometheusPage(page).Sum("process_resident_memory_bytes");
}
