namespace Mesh.Sidecar.Options;

/// <summary>What the app beside us is spoken to in.</summary>
internal enum AppProtocol
{
    /// <summary>What its caller speaks, and HTTP/1.1 where the app turns out to speak nothing else.</summary>
    Auto,

    /// <summary>HTTP/1.1 alone.</summary>
    Http1,

    /// <summary>HTTP/2 alone, but for what asks to change the protocol.</summary>
    Http2,
}
