using Mesh.Wire;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>How connections are taken: in HTTP/2 or HTTP/1.1, whichever the other end speaks.</summary>
internal static class Listening
{
    public static readonly WireOptions Options = new() { MaxConcurrentStreams = 100_000 };

    private static readonly ViolationCounters Violations = new();

    /// <param name="make">Who is told of the requests of one connection.</param>
    public static Func<Channel, IChannelHandler> With(Func<IConnectionHandler> make) =>
        channel => new ProtocolChoice(channel, TimeSpan.Zero, Violations, (chosen, protocol) => Serve(chosen, protocol, make()), _ => { });

    /// <summary>Takes what comes, and answers nothing.</summary>
    internal sealed class Silent : IChannelHandler
    {
        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes)
        {
        }

        public void OnFlush()
        {
        }

        public void OnClosed(ChannelEnd end)
        {
        }
    }

    private static IChannelHandler Serve(Channel channel, Protocol protocol, IConnectionHandler handler)
    {
        _ = protocol == Protocol.Http2
            ? (MessageConnection)Http2Connection.Accept(channel, handler, Options, Violations)
            : Http1Connections.Accept(channel, handler, Options, Violations);
        return channel.Handler;
    }
}
