using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>Connections of HTTP/1.1 (RFC 9112) in either role.</summary>
public static class Http1Connections
{
    /// <summary>Serves an accepted channel: becomes its handler.</summary>
    /// <param name="channel">Of which nothing has been read, or all of what was is passed on.</param>
    /// <param name="handler">Told of its requests.</param>
    /// <param name="options">What the peer may do.</param>
    /// <param name="violations">Where it is counted what it did and may not.</param>
    public static MessageConnection Accept(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    {
        var connection = new Http1Server(channel, handler, options, violations);
        channel.Handler = connection;
        return connection;
    }

    /// <summary>Connects. A request may be sent once it is ready.</summary>
    public static MessageConnection Connect(
        EventLoop loop, System.Net.EndPoint remote, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    {
        var pending = new PendingHandler();
        var channel = loop.Connect(remote, pending);
        var connection = new Http1Client(channel, handler, options, violations);
        pending.Target = connection;
        channel.Handler = connection;
        return connection;
    }

    /// <summary>The same over a channel that is there already.</summary>
    public static MessageConnection Connect(Channel channel, IConnectionHandler handler, WireOptions options, ViolationCounters violations)
    {
        var connection = new Http1Client(channel, handler, options, violations);
        channel.Handler = connection;
        return connection;
    }
}
