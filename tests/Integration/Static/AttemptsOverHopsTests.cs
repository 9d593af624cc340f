using System.Net;
using Mesh.Integration.Processes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Static;

/// <summary>
/// Three sidecars in a row, each of which may retry, with apps between them that know nothing of it: a caller, a, b, and a leaf that fails.
/// </summary>
public sealed class AttemptsOverHopsTests : IAsyncLifetime
{
    private const int Calls = 100;
    private const string Policy = "{breaker: {disabled: true}, retry: {codes: [UNAVAILABLE], http_statuses: [503], backoff_base: 1ms, budget: {percent: 20, min_per_second: 0}}}";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private readonly List<IAsyncDisposable> _mesh = [];
    private readonly Dictionary<string, int> _calls = new() { ["a"] = 0, ["b"] = 0, ["leaf"] = 0 };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _mesh.Reverse();
        foreach (var one in _mesh)
        {
            await one.DisposeAsync();
        }

        _client.Dispose();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Under_complete_failure_three_hops_make_no_more_calls_than_one(bool isGrpc, bool isTraced)
    {
        var leaf = await KeepAsync(EchoServer.StartRawAsync(context => FailAsync(context, "leaf", isGrpc)));
        var b = await StartAsync("b", "leaf", leaf.Address, isGrpc, isTraced);
        var a = await StartAsync("a", "b", b.Inbound, isGrpc, isTraced);
        var root = await KeepAsync(Sidecar.StartStaticAsync(Yaml.Service("a", [a.Inbound], Policy)));
        for (var i = 0; i < Calls; i++)
        {
            using var answer = await AskAsync(root.Outbound, "a", isGrpc, isTraced ? $"00-4bf92f3577b34da6a3ce929d0e0e{i:x4}-00f067aa0ba902b7-01" : null);
            Assert.True(isGrpc ? GrpcHttp.StatusOf(answer) == "14" : answer.StatusCode == HttpStatusCode.ServiceUnavailable);
            Assert.True(answer.Headers.Contains(isGrpc ? "grpc-retry-pushback-ms" : "x-mesh-no-retry"));
        }

        Assert.Equal((Calls, Calls), (_calls["a"], _calls["b"]));
        Assert.InRange(_calls["leaf"], (Calls * 110) / 100, (Calls * 125) / 100);
    }

    /// <summary>An app that calls the next service for each of its calls, with its sidecar.</summary>
    private async Task<Sidecar> StartAsync(string name, string next, string address, bool isGrpc, bool isTraced)
    {
        Sidecar? sidecar = null;
        var app = await KeepAsync(EchoServer.StartRawAsync(async context =>
        {
            var trace = isTraced ? context.Request.Headers["traceparent"].ToString() : null;
            using var answer = await AskAsync(sidecar!.Outbound, next, isGrpc, trace);
            await FailAsync(context, name, isGrpc);
        }));
        return sidecar = await KeepAsync(Sidecar.StartStaticAsync(
            Yaml.Service(next, [address], Policy), "--service", name, "--app", app.Address, "--app-protocol", "http2", "--health", "none"));
    }

    private async Task<HttpResponseMessage> AskAsync(string address, string service, bool isGrpc, string? trace)
    {
        using var request = isGrpc ? GrpcHttp.Request(address, "Unary", new byte[5]) : new HttpRequestMessage(HttpMethod.Get, $"http://{address}/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = service;
        if (trace is not null)
        {
            request.Headers.Add("traceparent", trace);
        }

        return await _client.SendAsync(request, Bound.Token);
    }

    private Task FailAsync(HttpContext context, string name, bool isGrpc)
    {
        lock (_calls)
        {
            _calls[name]++;
        }

        if (isGrpc)
        {
            context.Response.ContentType = GrpcHttp.Type;
            context.Response.Headers["grpc-status"] = "14";
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }

        return Task.CompletedTask;
    }

    private async Task<T> KeepAsync<T>(Task<T> starting)
        where T : IAsyncDisposable
    {
        var started = await starting;
        _mesh.Add(started);
        return started;
    }
}
