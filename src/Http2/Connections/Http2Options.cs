namespace Mesh.Http2.Connections;

/// <summary>What we allow a peer. Immutable, shared by all connections of one kind.</summary>
public sealed record Http2Options
{
    /// <summary>Streams a client may have open at once on one connection; 1 to 2^31 - 1, default 1024.</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>
    /// Bytes a peer may send on a stream before we have passed them on; 65,535 to 2^31 - 1, default 256 KiB: 10 Gbit/s over
    /// 200 µs, and the most a stream can make us hold.
    /// </summary>
    public int StreamWindow { get; init; } = 256 * 1024;

    /// <summary>The same for a connection; 65,535, which every peer begins with, to 2^31 - 1, default 16 MiB, so that 64 stalled streams do not stop the others.</summary>
    public int ConnectionWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest frame payload we take; 16,384 to 2^24 - 1, default 16,384.</summary>
    public int MaxFrameSize { get; init; } = 16 * 1024;

    /// <summary>Largest header list, names, values and 32 each (RFC 9113 section 6.5.2); default 64 KiB.</summary>
    public int MaxHeaderListSize { get; init; } = 64 * 1024;

    /// <summary>Most fields in a header list; default 256.</summary>
    public int MaxHeaderCount { get; init; } = 256;

    /// <summary>Memory for the peer's and for our dynamic table, each; default 4096 (RFC 7541 section 4.2).</summary>
    public int HeaderTableSize { get; init; } = 4096;

    /// <summary>Output of a connection above which streams wait with their data; default 256 KiB.</summary>
    public int OutputHighWater { get; init; } = 256 * 1024;

    /// <summary>
    /// How long a peer may take to connect and show its preface and SETTINGS, and then for the rest of any header block, or
    /// frame other than DATA, that it has begun; default 10 s, zero for ever.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Client role: a PING goes out when nothing was received for so long while streams are open; default 20 s, zero for
    /// never. While the streams stay silent the next ones come 5 minutes apart at least, since gRPC's servers forbid more.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Client role: how long a peer may take to send anything after that PING; then the connection is lost; default 10 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
