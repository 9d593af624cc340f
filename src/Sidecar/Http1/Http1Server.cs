using System.Net.Sockets;
using System.Text;
using Mesh.Http2.Buffers;
using Mesh.Http2.Messages;
using Mesh.Sidecar.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// HTTP/1.1 in one direction: Kestrel alone, without a host, and <see cref="Http1Forwarder"/> behind it. Starts with the
/// first connection that needs it, or the next one if that fails: a sidecar of gRPC services never pays for it. Any thread.
/// </summary>
/// <param name="direction">Which calls.</param>
/// <param name="directory">Where they go.</param>
/// <param name="memory">Of the process.</param>
/// <param name="makeTelemetry">Where they are noted; asked for once, when it starts.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of defects of ours.</param>
internal sealed class Http1Server(
    Direction direction, Discovery.ServiceDirectory directory, MemoryBudget memory, Func<Http1Telemetry> makeTelemetry, TimeProvider time, Log log)
    : IHttpApplication<HttpContext>, IAsyncDisposable
{
    /// <summary>Bytes of a request that are read before anybody takes them. Kestrel's default is 1 MB, which adds up.</summary>
    private const int MostBuffered = 64 * 1024;

    private readonly HandOff _handOff = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly Lock _gate = new();
    private Task<KestrelServer?>? _starting;
    private Task? _stopping;
    private volatile Http1Telemetry? _telemetry;
    private volatile Http1Forwarder? _forwarder;
    private volatile bool _saysClose;
    private int _calls;

    public Direction Direction => direction;

    /// <summary>Open ones.</summary>
    public int Connections => _handOff.Connections;

    /// <summary>Requests under way.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Calls for which there was no service.</summary>
    public long Unrouted => _telemetry?.Unrouted ?? 0;

    /// <summary>Serves a connection of which nothing has been read. Returns at once: it is called on loops.</summary>
    public void Serve(Socket socket, Http1Entry entry)
    {
        lock (_gate) // or a connection could slip in behind the end
        {
            _handOff.Give(socket, entry);
            _starting ??= _stopping is null ? Task.Run(StartAsync) : null;
        }
    }

    /// <summary>Tells callers with every answer that the connection ends with it; new ones are still served.</summary>
    public void SayClose() => _saysClose = true;

    /// <summary>Takes no more connections, closes those without a request, the others when their answer is given. Does not wait.</summary>
    public void GoAway()
    {
        lock (_gate)
        {
            _handOff.Close();
            _saysClose = true;
            _stopping ??= StopAsync(_starting);
        }
    }

    /// <summary>Ends it; what is under way is cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        GoAway();
        await _cut.CancelAsync().ConfigureAwait(false);
        await _stopping!.ConfigureAwait(false);
        if (_starting is not null && await _starting.ConfigureAwait(false) is { } kestrel)
        {
            kestrel.Dispose();
        }

        _forwarder?.Dispose();
        _cut.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            context.Response.OnStarting(() => SetClose(context.Response));
            if (!IsAddressed(context.Request))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                context.Response.Headers["x-mesh-error"] = "the request's Host is no host and port";
                return;
            }

            await _forwarder!.ForwardAsync(context, context.Features.Get<Http1Entry>()!).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            log.Error($"http/1.1: {context.Request.Method} {context.Request.Path}: a defect of ours: {e}");
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>The rule of HTTP/2's :authority. Kestrel lets an empty Host through; HTTP/1.0 needs none.</summary>
    private static bool IsAddressed(HttpRequest request) =>
        request.Host.Value is { Length: > 0 } host
            ? Authority.IsValid(Encoding.UTF8.GetBytes(host))
            : request.Protocol == HttpProtocol.Http10 && request.Headers.Host.Count == 0;

    private Task SetClose(HttpResponse response)
    {
        // A 101 has a Connection header of its own.
        if (_saysClose && response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }

    private async Task<KestrelServer?> StartAsync()
    {
        try
        {
            _telemetry ??= makeTelemetry();
            _forwarder ??= new Http1Forwarder(directory, memory, _telemetry, time);
            var options = new KestrelServerOptions { AddServerHeader = false };
            // The app decides how large a body is and how fast it comes; back pressure is the transport's.
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MaxRequestBufferSize = MostBuffered;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Listen(_handOff.EndPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(_handOff.Count);
            });
            var kestrel = new KestrelServer(Options.Create(options), _handOff, NullLoggerFactory.Instance);
            await kestrel.StartAsync(this, CancellationToken.None).ConfigureAwait(false);
            return kestrel;
        }
        catch (Exception e)
        {
            const string consequence = "its connections are closed, the next one tries again";
            // What a thread that cannot be made ends in.
            if (e is OutOfMemoryException)
            {
                log.Warn($"http/1.1: no descriptor or memory is left to begin to serve it; {consequence}");
            }
            else
            {
                log.Error($"http/1.1: cannot be served, {consequence}: a defect of ours: {e}");
            }

            lock (_gate)
            {
                _starting = null;
                _handOff.DropWaiting();
            }

            return null;
        }
    }

    private async Task StopAsync(Task<KestrelServer?>? starting)
    {
        if (starting is not null && await starting.ConfigureAwait(false) is { } kestrel)
        {
            await kestrel.StopAsync(_cut.Token).ConfigureAwait(false);
        }
    }
}
