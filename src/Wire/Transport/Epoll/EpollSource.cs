namespace Mesh.Wire.Transport.Epoll;

/// <summary>Something with a descriptor that an <see cref="EpollLoop"/> waits for.</summary>
internal abstract class EpollSource(EpollLoop loop)
{
    protected EpollLoop Epoll { get; } = loop;

    public int Descriptor { get; protected init; } = -1;

    /// <summary>Where the loop keeps it; -1 when it is not, or no longer, registered.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>The kernel says: readable, writable, error.</summary>
    public abstract void OnEvents(int events);

    /// <summary>The loop ends: give the descriptor back.</summary>
    public abstract void CloseForGood();
}
