namespace Mesh.Wire.Streams;

/// <summary>What peers do that the protocol forbids, or that only an attacker does; counted by kind, each incident once.</summary>
public enum ProtocolViolation
{
    /// <summary>Any connection error not named below.</summary>
    ConnectionError,

    /// <summary>Any stream error not named below.</summary>
    StreamError,

    /// <summary>The first bytes are neither HTTP/2's preface (RFC 9113 section 3.4) nor one of the two that follow.</summary>
    BadPreface,

    /// <summary>HTTP/1.x where HTTP/2 was expected: a request at our port, or an answer to our preface.</summary>
    UnexpectedHttp1,

    /// <summary>TLS where cleartext was expected: a ClientHello at our port, or an alert in answer to our preface.</summary>
    UnexpectedTls,

    /// <summary>A frame above the size we allow, or of a length that its type does not have (RFC 9113 section 4.2).</summary>
    FrameSizeError,

    /// <summary>Data beyond a window we gave, or a window beyond 2^31 - 1 (RFC 9113 section 6.9.1).</summary>
    FlowControlError,

    /// <summary>A header block that does not decode, or abuses the table (RFC 7541).</summary>
    CompressionError,

    /// <summary>A stream opened with an even number, or with one not above those before (RFC 9113 section 5.1.1).</summary>
    StreamIdError,

    /// <summary>A request, response or trailer section that RFC 9113 section 8 calls malformed.</summary>
    MalformedMessage,

    /// <summary>A header list above the limit we have told the peer.</summary>
    HeadersTooLarge,

    /// <summary>A header block without end (CVE-2024-27316).</summary>
    ContinuationFlood,

    /// <summary>Streams opened and reset at once (CVE-2023-44487).</summary>
    RapidReset,

    /// <summary>Streams we were made to reset (CVE-2025-8671).</summary>
    ProvokedReset,

    /// <summary>SETTINGS, each of which we must acknowledge (CVE-2019-9515).</summary>
    SettingsFlood,

    /// <summary>PING, each of which we must answer (CVE-2019-9512).</summary>
    PingFlood,

    /// <summary>Frames without payload that do not end a stream (CVE-2019-9518).</summary>
    EmptyFrameFlood,

    /// <summary>PRIORITY, which we ignore (CVE-2019-9513).</summary>
    PriorityFlood,

    /// <summary>WINDOW_UPDATE in steps too small to be of use (CVE-2019-9511, CVE-2019-9517).</summary>
    WindowUpdateFlood,

    /// <summary>1xx responses without a final one.</summary>
    InterimFlood,

    /// <summary>Header blocks for streams that have ended, frames of unknown types, answers to nothing, GOAWAY again and again.</summary>
    StrayFrameFlood,

    /// <summary>The output of answers to control frames grows and the peer does not read it.</summary>
    OutputFlood,

    /// <summary>A handshake, header block or frame that was begun and not finished in time, or output that is not read.</summary>
    SlowPeer,

    /// <summary>A stream whose peer asks for data and gives it no window, or next to none (CVE-2019-9517).</summary>
    StalledStream,

    /// <summary>A request whose body stops short; whoever serves the stream decides when, and reports it.</summary>
    SlowBody,
}
