using System.Net;
using Mesh.Wire;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Backend;

/// <summary>
/// A server on one event loop that does as little as one can: to gRPC it echoes a message, streams many, or swallows what an
/// exporter sends; to HTTP/1.1 on the same port it sends bytes, or takes them (<see cref="BackendCall"/> has the paths). Made, asked
/// and disposed from any thread; all else runs on its loop.
/// </summary>
public sealed class BackendServer : IConnectionHandler, IDisposable
{
    /// <summary>As a backend of a real service would allow; large enough that no case stops at a window of ours.</summary>
    private static readonly WireOptions Options = new() { StreamWindow = 1024 * 1024, MaxConcurrentStreams = 4096 };

    private readonly EventLoop _loop;
    private readonly ViolationCounters _violations = new();
    private readonly Stack<BackendCall> _calls = new();
    private long _answered;

    private BackendServer(string name, IPEndPoint local)
    {
        _loop = EventLoop.Create(TimeProvider.System, name);
        var listener = _loop.Listen(
            local,
            [_loop],
            channel => new ProtocolChoice(channel, TimeSpan.Zero, _violations, Serve, _ => { }));
        Local = listener.Local;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Binds and serves.</summary>
    /// <param name="name">Of its loop.</param>
    /// <param name="local">Where; null is a free port of 127.0.0.1.</param>
    public static BackendServer Start(string name, IPEndPoint? local = null)
    {
        var server = new BackendServer(name, local ?? new IPEndPoint(IPAddress.Loopback, 0));
        server._loop.Start();
        return server;
    }

    /// <summary>Calls answered in full and with success, up to now.</summary>
    public async Task<long> AnsweredAsync()
    {
        var answered = 0L;
        await _loop.InvokeAsync(() => answered = _answered);
        return answered;
    }

    public void Dispose() => _loop.Stop();

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        var call = _calls.TryPop(out var pooled) ? pooled : new BackendCall(this);
        stream.Handler = call;
        call.Begin(stream, headers, endStream);
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
    }

    private IChannelHandler Serve(Channel channel, Protocol protocol)
    {
        _ = protocol == Protocol.Http2
            ? (MessageConnection)Http2Connection.Accept(channel, this, Options, _violations)
            : Http1Connections.Accept(channel, this, Options, _violations);
        return channel.Handler;
    }

    internal void OnCallClosed(BackendCall call, bool isAnswered)
    {
        _answered += isAnswered ? 1 : 0;
        _calls.Push(call);
    }
}
