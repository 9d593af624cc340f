namespace Mesh.Http2.Connections;

/// <summary>What peers do that the protocol forbids, or that only an attacker does; counted by kind.</summary>
public enum ProtocolViolation
{
    /// <summary>Any connection error not named below.</summary>
    ConnectionError,

    /// <summary>Any stream error not named below.</summary>
    StreamError,

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

    /// <summary>WINDOW_UPDATE in steps too small to be of use (CVE-2019-9511).</summary>
    WindowUpdateFlood,

    /// <summary>1xx responses without a final one.</summary>
    InterimFlood,

    /// <summary>The output of answers to control frames grows and the peer does not read it.</summary>
    OutputFlood,

    /// <summary>A handshake, header block or frame that was begun and not finished in time.</summary>
    SlowPeer,
}
