namespace Mesh.Wire.Http2.Frames;

/// <summary>Frame types (RFC 9113 section 6). What is not named here is skipped (section 4.1).</summary>
public enum FrameType : byte
{
    Data = 0x0,
    Headers = 0x1,
    Priority = 0x2,
    RstStream = 0x3,
    Settings = 0x4,
    PushPromise = 0x5,
    Ping = 0x6,
    GoAway = 0x7,
    WindowUpdate = 0x8,
    Continuation = 0x9,
}

/// <summary>Frame flags; the same bit means different things in different frames (RFC 9113 section 6).</summary>
[Flags]
public enum FrameFlags : byte
{
    None = 0,
    /// <summary>DATA and HEADERS: the sender is done with the stream.</summary>
    EndStream = 0x1,
    /// <summary>SETTINGS and PING: an acknowledgement.</summary>
    Ack = 0x1,
    EndHeaders = 0x4,
    Padded = 0x8,
    Priority = 0x20,
}

/// <summary>Settings (RFC 9113 section 6.5.2). What is not named here is ignored.</summary>
public enum SettingId : ushort
{
    HeaderTableSize = 0x1,
    EnablePush = 0x2,
    MaxConcurrentStreams = 0x3,
    InitialWindowSize = 0x4,
    MaxFrameSize = 0x5,
    MaxHeaderListSize = 0x6,
}
