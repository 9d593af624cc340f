namespace Mesh.Wire.Streams;

/// <summary>What keeps bytes that were written to a stream from going out.</summary>
public enum StreamWait
{
    /// <summary>Nothing: none wait.</summary>
    None,

    /// <summary>The peer has given the stream no window: whoever reads it there is slow.</summary>
    StreamWindow,

    /// <summary>The peer has given the connection no window, which other streams may have used up.</summary>
    ConnectionWindow,

    /// <summary>The connection has more to send than the network, or the peer's system, takes.</summary>
    Output,
}
