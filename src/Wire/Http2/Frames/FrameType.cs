namespace Mesh.Wire.Http2.Frames;

/// <summary>Frame types (RFC 9113 section 6). What is not named here is skipped (section 4.1).</summary>
public enum FrameType : byte
{
    /// <summary>A piece of a body.</summary>
    Data = 0x0,
    /// <summary>A head or trailers, or their beginning.</summary>
    Headers = 0x1,
    /// <summary>What RFC 7540 had for the order of streams; ignored.</summary>
    Priority = 0x2,
    /// <summary>The end of a stream before its time.</summary>
    RstStream = 0x3,
    /// <summary>What the sender takes, or an acknowledgement of that.</summary>
    Settings = 0x4,
    /// <summary>A stream that the server means to open; we allow none.</summary>
    PushPromise = 0x5,
    /// <summary>To be answered with the same eight bytes.</summary>
    Ping = 0x6,
    /// <summary>The sender takes no more streams.</summary>
    GoAway = 0x7,
    /// <summary>More bytes of DATA may come.</summary>
    WindowUpdate = 0x8,
    /// <summary>The rest of a header block.</summary>
    Continuation = 0x9,
}

/// <summary>Frame flags; the same bit means different things in different frames (RFC 9113 section 6).</summary>
[Flags]
public enum FrameFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,
    /// <summary>DATA and HEADERS: the sender is done with the stream.</summary>
    EndStream = 0x1,
    /// <summary>SETTINGS and PING: an acknowledgement.</summary>
    Ack = 0x1,
    /// <summary>HEADERS and CONTINUATION: the header block is whole.</summary>
    EndHeaders = 0x4,
    /// <summary>DATA and HEADERS: the length of padding comes first.</summary>
    Padded = 0x8,
    /// <summary>HEADERS: a priority comes before the block.</summary>
    Priority = 0x20,
}

/// <summary>Settings (RFC 9113 section 6.5.2). What is not named here is ignored.</summary>
public enum SettingId : ushort
{
    /// <summary>Bytes of the table by which header blocks are decoded.</summary>
    HeaderTableSize = 0x1,
    /// <summary>0 forbids PUSH_PROMISE.</summary>
    EnablePush = 0x2,
    /// <summary>How many streams the other side may have open.</summary>
    MaxConcurrentStreams = 0x3,
    /// <summary>With how many bytes a stream's window begins.</summary>
    InitialWindowSize = 0x4,
    /// <summary>The largest payload of a frame.</summary>
    MaxFrameSize = 0x5,
    /// <summary>The largest header list, uncoded; a hint.</summary>
    MaxHeaderListSize = 0x6,
}
