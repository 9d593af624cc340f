using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Mesh.Integration.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Http1;

/// <summary>
/// A server of HTTP/1.1 in the test's own process, on a free port of 127.0.0.1. The path says what it does: /gate answers
/// when the gate is open, /flaky fails with 503 until it was asked <see cref="FailFirst"/> times, /late hangs as often,
/// /refusal says what only a sidecar may say,
/// /slow sends its head at once and its body later, /socket is a WebSocket that says what it hears; anything else echoes the body.
/// Any thread.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;
    private int _asked;

    private WebServer(string? socket)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(server =>
        {
            if (socket is null)
            {
                server.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            }
            else
            {
                server.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(AnswerAsync);
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Every request's method, target and Host, as they came.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Every request's header traceparent; empty if there was none.</summary>
    public ConcurrentQueue<string> Traces { get; } = new();

    public int FailFirst { get; set; }

    public static async Task<WebServer> StartAsync()
    {
        var server = new WebServer(null);
        await server._app.StartAsync();
        server.Address = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return server;
    }

    /// <summary>The same on a Unix socket.</summary>
    public static async Task<WebServer> StartOnSocketAsync(string path)
    {
        var server = new WebServer(path) { Address = $"unix:{path}" };
        await server._app.StartAsync();
        return server;
    }

    public void OpenGate() => _gate.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        OpenGate();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        Traces.Enqueue(request.Headers.TraceParent.ToString());
        Seen.Enqueue($"{request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget} {request.Host}");
        response.Headers["x-seen"] = Seen.Last();
        switch (request.Path.Value)
        {
            case "/gate":
                await _gate.Task.WaitAsync(context.RequestAborted);
                await response.WriteAsync("through");
                break;
            case "/flaky" when Interlocked.Increment(ref _asked) <= FailFirst:
                response.StatusCode = 503;
                await response.WriteAsync("not now");
                break;
            case "/refusal":
                response.StatusCode = 503;
                response.Headers["x-mesh-not-processed"] = "1";
                response.Headers["x-mesh-local-reply"] = "1";
                await response.WriteAsync("refused");
                break;
            case "/late" when Interlocked.Increment(ref _asked) <= FailFirst:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
            case "/slow":
                await response.Body.FlushAsync();
                await Task.Delay(3000, context.RequestAborted);
                await response.WriteAsync("whole");
                break;
            case "/socket":
                using (var socket = await context.WebSockets.AcceptWebSocketAsync())
                {
                    var heard = new byte[100];
                    var said = await socket.ReceiveAsync(heard, context.RequestAborted);
                    await socket.SendAsync(heard.AsMemory(0, said.Count), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                }

                break;
            default:
                await request.Body.CopyToAsync(response.Body);
                break;
        }
    }
}
