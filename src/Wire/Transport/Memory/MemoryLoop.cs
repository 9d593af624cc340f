using System.Net;

namespace Mesh.Wire.Transport.Memory;

/// <summary>
/// A loop without sockets that turns when told to: tests script a peer byte by byte and advance the clock themselves.
/// </summary>
internal sealed class MemoryLoop(TimeProvider time) : EventLoop(time, "memory")
{
    /// <summary>Makes the channels for <see cref="Connect"/>, in the order of the calls; null refuses the connection.</summary>
    public Func<EndPoint, Channel?> Connector { get; set; } = _ => null;

    /// <summary>Another turn finds something to do, whatever the time.</summary>
    public bool HasWork => HasPosted();

    public override Channel Connect(EndPoint remote, IChannelHandler handler)
    {
        var channel = Connector(remote) ?? new MemoryChannel(this);
        channel.Handler = handler;
        return channel;
    }

    public override Listener Listen(
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve = false) =>
        throw new NotSupportedException("A memory loop has no addresses: make a MemoryChannel.");

    /// <summary>One turn: due timers, posted work, flushes.</summary>
    public void Turn() => Turn(mayWait: false);

    private protected override void Poll(int timeoutMilliseconds) => OnAwake();

    private protected override void Wake()
    {
    }

    private protected override void CloseAll()
    {
    }
}
