using Mesh.Wire.Http2.Frames;

namespace Mesh.Wire.Streams;

/// <summary>Why a stream was cut off.</summary>
public enum ResetCause
{
    /// <summary>The peer sent RST_STREAM.</summary>
    Peer,

    /// <summary>The peer broke the protocol on this stream or connection, and we reset it.</summary>
    Violation,

    /// <summary>The connection broke while the stream was open.</summary>
    ConnectionLost,

    /// <summary>The connection never came about.</summary>
    ConnectFailed,

    /// <summary>The peer went away and said that it has not looked at this stream (RFC 9113 section 6.8).</summary>
    GoAway,

    /// <summary>We closed the connection.</summary>
    ConnectionClosed,
}

/// <summary>How a stream was cut off.</summary>
/// <param name="Code">The peer's code, or the one we sent.</param>
/// <param name="Cause">Who and why.</param>
public readonly record struct StreamReset(ErrorCode Code, ResetCause Cause)
{
    /// <summary>The request provably did not reach an application: it may be sent again whatever it does (RFC 9113 section 8.7).</summary>
    public bool NotProcessed =>
        Cause is ResetCause.ConnectFailed or ResetCause.GoAway || (Cause == ResetCause.Peer && Code == ErrorCode.RefusedStream);
}
