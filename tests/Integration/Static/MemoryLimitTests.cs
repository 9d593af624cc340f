using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;
using Xunit.Abstractions;

namespace Mesh.Integration.Static;

/// <summary>A sidecar whose heap may not grow as far as its callers would have it grow.</summary>
[Collection(HeavyCollection.Name)]
public sealed class MemoryLimitTests(ITestOutputHelper output)
{
    private const int Uploads = 250;
    private const int Bytes = 1_000_000;
    private const int Mebi = 1024 * 1024;

    [Fact]
    public async Task Uploads_that_nobody_takes_end_with_RESOURCE_EXHAUSTED_before_the_memory_does()
    {
        await using var closed = new ClosedServer();
        await using var server = await EchoServer.StartAsync();
        // In force as in a container of 64 MB, of which the runtime gives the heap three quarters.
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(("closed", [closed.Address], "{}"), ("echo", [server.Address], "{}")),
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"{48 * Mebi:x}" },
            "--access-log", "json");
        using var http = new HttpClient();
        Assert.Equal((48 - 6) * Mebi, (await PageAsync(http, sidecar)).Sum("mesh_memory_limit_bytes"));

        using var end = new CancellationTokenSource();
        var told = new ConcurrentQueue<string>();
        var calls = Enumerable.Range(0, Uploads).Select(_ => CallAsync(new Echo.EchoClient(sidecar.Channel("closed")), end.Token, told)).ToList();
        // 62 MB are within the windows of so many streams when they begin.
        await Bound.UntilAsync(() => calls.Exists(call => call.IsCompleted), () => "some end");
        await Bound.UntilAsync(
            async () => (await PageAsync(http, sidecar)).Sum("mesh_overload_calls_total") >= calls.Count(call => call.IsCompleted),
            () => $"they are counted, not ended otherwise: {string.Join("; ", told.Distinct())}");
        await sidecar.Process.LineAsync(line => line.Contains("memory: the heap needs most of the 42 MiB that it may have", StringComparison.Ordinal));
        await end.CancelAsync();
        var statuses = await Task.WhenAll(calls);
        var ended = statuses.Where(status => status.StatusCode == StatusCode.ResourceExhausted).ToList();
        output.WriteLine($"{ended.Count} of {Uploads} have ended; {sidecar.Process.PeakMemory / Mebi} MiB at most");
        Assert.NotEmpty(ended);
        Assert.All(ended, status => Assert.Contains("memory", status.Detail, StringComparison.Ordinal));
        Assert.All(statuses, status => Assert.True(status.StatusCode is StatusCode.ResourceExhausted or StatusCode.Cancelled, status.ToString()));
        await sidecar.Process.LineAsync(line => line.Contains("\"OM\"", StringComparison.Ordinal));

        // When they are gone all is as before.
        await Bound.UntilAsync(
            async () => (await PageAsync(http, sidecar)).Sum("mesh_overload_active") == 0, () => "there is memory again");
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new Behaviour(), 100_000);
        Assert.Equal(0, (await PageAsync(http, sidecar)).Sum("mesh_loop_faults_total"));
        Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));
        await sidecar.Process.LineAsync(line => line.Contains("there is enough again", StringComparison.Ordinal));
    }

    /// <summary>HTTP/1.1 has no windows that a server must lend: what is taken from a caller is what the server's socket makes room for, and a little more.</summary>
    [Fact]
    public async Task Uploads_over_HTTP1_that_nobody_takes_stay_with_their_callers()
    {
        using var waiting = new CancellationTokenSource();
        await using var closed = new RawServer((_, _) => Task.Delay(Timeout.Infinite, waiting.Token));
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(("closed", [closed.Address], "{}"), ("web", [web.Address], "{}")),
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"{48 * Mebi:x}" });
        using var http = new HttpClient();
        using var calling = WebCalls.Client();
        using var end = new CancellationTokenSource();
        var calls = Enumerable.Range(0, Uploads).Select(_ => UploadAsync(calling, sidecar, end.Token)).ToList();
        await Bound.UntilAsync(
            async () => calls.Count(call => call.IsCompleted) + (await PageAsync(http, sidecar)).Sum("mesh_calls_in_flight", ("service", "closed")) >= Uploads,
            () => "all are under way");
        // Beside them others go on, or are refused as long as there is no memory; either way the sidecar is there.
        await Bound.UntilAsync(
            async () =>
            {
                using var answer = await calling.CallAsync(sidecar.Outbound, "web");
                return answer.StatusCode == System.Net.HttpStatusCode.OK;
            },
            () => "another call is answered");
        output.WriteLine($"{calls.Count(call => call.IsCompleted)} of {Uploads} have ended; {sidecar.Process.PeakMemory / Mebi} MiB at most");
        await end.CancelAsync();
        Assert.All((await Task.WhenAll(calls)).OfType<System.Net.HttpStatusCode>(), status => Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, status));
        await waiting.CancelAsync();
        await Bound.UntilAsync(async () => (await PageAsync(http, sidecar)).Sum("mesh_calls_in_flight") == 0, () => "nothing is left of them");
        await Bound.UntilAsync(async () => (await PageAsync(http, sidecar)).Sum("mesh_overload_active") == 0, () => "there is memory again");
        Assert.Equal(0, (await PageAsync(http, sidecar)).Sum("mesh_loop_faults_total"));
        Assert.DoesNotContain(sidecar.Process.Errors, line => line.Contains("defect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_option_takes_the_place_of_a_containers_limit()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []", "--memory-limit", "128Mi");
        using var http = new HttpClient();
        Assert.Equal((96 - 6) * Mebi, (await PageAsync(http, sidecar)).Sum("mesh_memory_limit_bytes"));
    }

    [Fact]
    public async Task A_sidecar_that_is_short_of_memory_refuses_calls_over_both_protocols()
    {
        await using var closed = new ClosedServer();
        await using var server = await EchoServer.StartAsync();
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(("closed", [closed.Address], "{}"), ("echo", [server.Address], "{}"), ("web", [web.Address], "{}")),
            "--memory-limit", "64Mi");
        using var http = new HttpClient();
        using var end = new CancellationTokenSource();
        List<Task<Status>> calls = [];
        while (calls.Count < 400 && (await PageAsync(http, sidecar)).Sum("mesh_overload_active", ("action", "stop_accepting_requests")) == 0)
        {
            calls.AddRange(Enumerable.Range(0, 5).Select(_ => CallAsync(new Echo.EchoClient(sidecar.Channel("closed")), end.Token)));
        }

        // It may go to and fro at first, while garbage is collected.
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        Status? refused = null;
        await Bound.UntilAsync(
            async () =>
            {
                calls.Add(CallAsync(new Echo.EchoClient(sidecar.Channel("closed")), end.Token));
                try
                {
                    await client.UnaryAsync(new Behaviour());
                    return false;
                }
                catch (RpcException failure)
                {
                    refused = failure.Status;
                    return true;
                }
            },
            () => "a call is refused");
        Assert.Equal(StatusCode.ResourceExhausted, refused!.Value.StatusCode);
        Assert.Contains("service 'echo': this sidecar is short of memory and takes on no more calls", refused.Value.Detail, StringComparison.Ordinal);
        using var calling = WebCalls.Client();
        await Bound.UntilAsync(
            async () =>
            {
                calls.Add(CallAsync(new Echo.EchoClient(sidecar.Channel("closed")), end.Token));
                using var answer = await calling.CallAsync(sidecar.Outbound, "web");
                return answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable
                    && answer.Headers.GetValues("x-mesh-error").Single().Contains("short of memory", StringComparison.Ordinal);
            },
            () => "a call over HTTP/1.1 is refused");
        await end.CancelAsync();
        await Task.WhenAll(calls);
    }

    /// <returns>Null if the caller has given it up.</returns>
    private static async Task<System.Net.HttpStatusCode?> UploadAsync(HttpClient client, Sidecar sidecar, CancellationToken end)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{sidecar.Outbound}/")
        {
            Headers = { Host = "closed" },
            Content = new ByteArrayContent(new byte[4 * Bytes]), // more than the sockets on the way hold by themselves
        };
        try
        {
            using var answer = await client.SendAsync(request, end);
            return answer.StatusCode;
        }
        catch (Exception gone) when (gone is OperationCanceledException or HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<Status> CallAsync(Echo.EchoClient client, CancellationToken end, ConcurrentQueue<string>? told = null)
    {
        try
        {
            await client.UnaryAsync(Calls.Request(new Behaviour(), Bytes), cancellationToken: end);
            return Status.DefaultSuccess;
        }
        catch (RpcException failure)
        {
            told?.Enqueue(failure.Status.ToString());
            return failure.Status;
        }
    }

    private static async Task<PrometheusPage> PageAsync(HttpClient http, Sidecar sidecar) =>
        new(await http.GetStringAsync(new Uri($"http://{sidecar.Admin}/metrics")));
}
