using System.Runtime.CompilerServices;

namespace Mesh.Wire.Streams;

/// <summary>
/// What we allow a peer. Immutable, shared by all connections of one kind. A value out of its range throws
/// <see cref="ArgumentOutOfRangeException"/>, which names the option and the range.
/// </summary>
public sealed record WireOptions
{
    private const int MostHeaderBytes = 1 << 24;

    /// <summary>Streams a client may have open at once on one connection; 1 to 2^31 - 1, default 1024.</summary>
    public int MaxConcurrentStreams { get; init => field = Within(value, 1, int.MaxValue); } = 1024;

    /// <summary>
    /// Bytes a peer may send on a stream before we have passed them on; 65,535 to 2^31 - 1, default 256 KiB: 10 Gbit/s over
    /// 200 µs, and the most a stream can make us hold.
    /// </summary>
    public int StreamWindow { get; init => field = Within(value, 65_535, int.MaxValue); } = 256 * 1024;

    /// <summary>
    /// Bytes a peer may send on a connection before we have told it that they have come; 65,535, which every peer begins with, to
    /// 2^31 - 1, default 16 MiB. They count until they have been passed on only beyond four times as much, so that streams whose
    /// data nobody takes do not stop the others.
    /// </summary>
    public int ConnectionWindow { get; init => field = Within(value, 65_535, int.MaxValue); } = 16 * 1024 * 1024;

    /// <summary>Largest frame payload we take; 16,384 to 2^24 - 1, default 16,384.</summary>
    public int MaxFrameSize { get; init => field = Within(value, 16_384, (1 << 24) - 1); } = 16 * 1024;

    /// <summary>Largest header list, names, values and 32 each (RFC 9113 section 6.5.2); 1 KiB to 16 MiB, default 64 KiB.</summary>
    public int MaxHeaderListSize { get; init => field = Within(value, 1024, MostHeaderBytes); } = 64 * 1024;

    /// <summary>Most fields in a header list; 8, since a request of gRPC has as many, to 65,536, default 256.</summary>
    public int MaxHeaderCount { get; init => field = Within(value, 8, 65_536); } = 256;

    /// <summary>Memory for the peer's and for our dynamic table, each; 0 to 16 MiB, default 4096 (RFC 7541 section 4.2).</summary>
    public int HeaderTableSize { get; init => field = Within(value, 0, MostHeaderBytes); } = 4096;

    /// <summary>Output of a connection above which streams wait with their data; 16 KiB to 1 GiB, default 256 KiB.</summary>
    public int OutputHighWater { get; init => field = Within(value, 16 * 1024, 1 << 30); } = 256 * 1024;

    /// <summary>
    /// How long a peer may take to connect and show its preface and SETTINGS, and then for the rest of any header block, or
    /// frame other than DATA, that it has begun; default 10 s, zero for ever.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may be without any stream; then it goes away in good order: a server with its two GOAWAYs, a
    /// client at once. PINGs do not keep it. Default 10 min, zero for ever: longer than the pauses of a service in use, and
    /// soon enough that connections opened only to be held do not add up.
    /// </summary>
    public TimeSpan IdleTimeout { get; init => field = NotNegative(value); } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// As a client of HTTP/1.1, how long a connection is kept for the next request, if that is less than <see cref="IdleTimeout"/>: a server
    /// that closes one while a request is on its way leaves nobody knowing whether it was acted on. Default 4 s, since many servers close
    /// after 5; zero for as long as any. A server that says <c>Keep-Alive: timeout=N</c> shortens it to N − 1 s (1 s: to half of one; 0: to
    /// nothing).
    /// </summary>
    public TimeSpan Http1ReuseTimeout { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long a peer may take for the next 16 KiB of what waits for its window, or for all of it if that is less; then the
    /// stream is reset. The same for a connection whose output it does not read; then that is closed. Default 10 min, zero
    /// for ever.
    /// </summary>
    public TimeSpan StallTimeout { get; init => field = NotNegative(value); } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The peer is asked whether it is there, by a PING, when nothing was received for so long while streams are open; as a client
    /// also when nothing was received for half as long after a request. Default 20 s, zero for never. While the streams of a server
    /// stay silent PINGs to it come 5 minutes apart at least, since gRPC's servers forbid more; where a request gets nothing back
    /// meanwhile, SETTINGS that change nothing ask instead. Over HTTP/1.1 the system asks (TCP's keepalive), also between two requests.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a peer may take to send anything after that; then the connection is lost; default 10 s, zero for ever. A
    /// connection on which the network has acknowledged nothing for both times together ends too (Linux): as a client of HTTP/2 by
    /// TCP_USER_TIMEOUT, over HTTP/1.1 by a look at the system's counts, which tells it from a peer that is there and reads nothing.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(10);

    private static int Within(int value, int least, int most, [CallerMemberName] string option = "") =>
        value >= least && value <= most
            ? value
            : throw new ArgumentOutOfRangeException(option, value, $"{option} is {least} to {most}.");

    private static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string option = "") =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(option, value, $"{option} is zero or longer.");
}
