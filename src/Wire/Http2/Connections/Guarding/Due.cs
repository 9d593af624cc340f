namespace Mesh.Wire.Http2.Connections.Guarding;

/// <summary>For what a connection's time has run out.</summary>
internal enum Due
{
    Nothing,

    /// <summary>The peer's preface and SETTINGS have not come.</summary>
    Handshake,

    /// <summary>The rest of a frame or header block has not come.</summary>
    Frame,

    /// <summary>The second step of a graceful GOAWAY.</summary>
    GoAwayStep,

    /// <summary>What waits for the peer may have waited too long.</summary>
    Stalls,

    /// <summary>No stream has been opened for long.</summary>
    Idle,

    /// <summary>The peer is to be asked whether it is there, or has not answered.</summary>
    KeepAlive,

    /// <summary>The peer has had its time to take our last words.</summary>
    Linger,
}
