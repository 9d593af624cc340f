using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport.Sockets;

/// <summary>A connection for which the system had no socket: it is closed from the beginning, of which its handler is told later.</summary>
internal sealed class UnopenedChannel : Channel
{
    private UnopenedChannel(SocketLoop loop, EndPoint remote)
        : base(loop) => Remote = remote as IPEndPoint;

    public override IPEndPoint? Remote { get; }

    public override bool IsClosed => true;

    public static UnopenedChannel Of(SocketLoop loop, EndPoint remote, IChannelHandler handler, SocketError error)
    {
        var end = error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
            ? ChannelEnd.OutOfDescriptors
            : ChannelEnd.ConnectFailed;
        // Not from within: the caller does not hold the channel yet.
        loop.Post(() => handler.OnClosed(end));
        return new UnopenedChannel(loop, remote) { Handler = handler };
    }

    public override WriteResult Write(ByteQueue output) => WriteResult.Failed;

    public override void ShutdownWrite()
    {
        // There is nothing to say it to.
    }

    public override void PauseReading()
    {
        // Nothing comes.
    }

    public override void ResumeReading()
    {
        // Nothing comes.
    }

    public override void Close()
    {
        // It is; as on a channel of epoll's that came to nothing, the handler is told all the same.
    }
}
