namespace Mesh.Wire.Http2.Frames;

/// <summary>HTTP/2 error codes (RFC 9113 section 7).</summary>
public enum ErrorCode : uint
{
    /// <summary>All is well.</summary>
    NoError = 0x0,
    /// <summary>The peer broke the protocol, in a way for which there is no other code.</summary>
    ProtocolError = 0x1,
    /// <summary>Something went wrong on our side, or the peer's.</summary>
    InternalError = 0x2,
    /// <summary>More was sent than a window allows, or a window grew too large.</summary>
    FlowControlError = 0x3,
    /// <summary>SETTINGS were not acknowledged, or did not come, in time.</summary>
    SettingsTimeout = 0x4,
    /// <summary>A frame came on a stream that its sender had ended.</summary>
    StreamClosed = 0x5,
    /// <summary>A frame is too long, or has not the length of its kind.</summary>
    FrameSizeError = 0x6,
    /// <summary>The stream was not looked at: its request may be sent again.</summary>
    RefusedStream = 0x7,
    /// <summary>The stream is not wanted any more.</summary>
    Cancel = 0x8,
    /// <summary>A header block cannot be decoded: nothing after it can be either.</summary>
    CompressionError = 0x9,
    /// <summary>The connection behind a tunnel was lost.</summary>
    ConnectError = 0xa,
    /// <summary>The peer does too much of something.</summary>
    EnhanceYourCalm = 0xb,
    /// <summary>What protects the transport is not good enough.</summary>
    InadequateSecurity = 0xc,
    /// <summary>The request wants HTTP/1.1.</summary>
    Http11Required = 0xd,
}
