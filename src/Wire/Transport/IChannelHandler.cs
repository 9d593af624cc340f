namespace Mesh.Wire.Transport;

/// <summary>What is told about a channel. All calls come on the channel's loop.</summary>
public interface IChannelHandler
{
    /// <summary>A channel made by <see cref="EventLoop.Connect"/> is through.</summary>
    void OnConnected();

    /// <summary>Bytes came in; they are valid during the call only.</summary>
    void OnBytes(ReadOnlySpan<byte> bytes);

    /// <summary>The turn ends and a flush was asked for, or the peer takes bytes again: write now.</summary>
    void OnFlush();

    /// <summary>
    /// The peer has said that it writes no more; it may still read.
    /// </summary>
    /// <returns>
    /// Whether the channel stays open for what is to be written, until it is closed from here or the peer resets it. Otherwise it is
    /// closed, and <see cref="OnClosed"/> follows.
    /// </returns>
    bool OnPeerEnded() => false;

    /// <summary>
    /// The channel is gone, not by <see cref="Channel.Close"/>; told once, last. A channel that never connected is told
    /// of here as well.
    /// </summary>
    void OnClosed(ChannelEnd end);
}

/// <summary>How a channel ended.</summary>
public enum ChannelEnd
{
    /// <summary>The peer closed in an orderly way.</summary>
    EndOfStream,

    /// <summary>The peer, or the network, cut it off.</summary>
    Reset,

    /// <summary>No connection came about: nobody listens there, or there is no way there.</summary>
    ConnectFailed,

    /// <summary>No connection was tried: there is no file descriptor, or no memory of the kernel's, left for one.</summary>
    OutOfDescriptors,
}
