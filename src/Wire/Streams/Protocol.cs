namespace Mesh.Wire.Streams;

/// <summary>What a connection speaks.</summary>
public enum Protocol : byte
{
    /// <summary>HTTP/2 (RFC 9113).</summary>
    Http2,

    /// <summary>HTTP/1.1 or 1.0 (RFC 9112).</summary>
    Http1,
}
