namespace Mesh.Policy.Routing;

/// <summary>How long things may take. A caller's own deadline holds as well; the sooner one wins.</summary>
public sealed record TimeoutOptions
{
    /// <summary>No limits but 1 s to connect, and 5 minutes of a request that stops short.</summary>
    public static readonly TimeoutOptions Default = new();

    /// <summary>A whole call with its retries; default null, none.</summary>
    public TimeSpan? Request { get; init; }

    /// <summary>One attempt; default null, none.</summary>
    public TimeSpan? PerTry { get; init; }

    /// <summary>Until a connection to an endpoint is made, 1 ms to 60 s; default 1 s.</summary>
    public TimeSpan? Connect { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without a byte either way on a stream; default null, none beyond <see cref="SilentRequest"/>.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>
    /// How old a stream of gRPC gets before it is ended, in good order, for its caller to open another; default null, it may last. See
    /// <see cref="Streams.StreamAge"/>.
    /// </summary>
    public TimeSpan? MaxStreamAge { get; init; }

    /// <summary>
    /// Of the inbound side: how old a caller's connection gets before it takes no more streams; default null, it may last. Each has up to a
    /// tenth less by chance.
    /// </summary>
    public TimeSpan? MaxConnectionAge { get; init; }

    /// <summary>
    /// Whether a call goes out that has less than half of the time left which the fastest answers take; default false: it fails at
    /// once, and costs nobody anything.
    /// </summary>
    public bool SendsHopeless { get; init; }

    /// <summary>
    /// Without a byte either way on a stream whose request is not whole and whose answer has not begun; default 5 minutes,
    /// null is none. It does not matter where <see cref="Idle"/> is given. Over HTTP/2 only.
    /// </summary>
    public TimeSpan? SilentRequest { get; init; } = TimeSpan.FromMinutes(5);
}
