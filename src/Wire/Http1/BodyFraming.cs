namespace Mesh.Wire.Http1;

/// <summary>How a message's body is told from what follows it (RFC 9112 section 6.3).</summary>
internal enum BodyFraming : byte
{
    /// <summary>There is no body: what follows the head is the next message.</summary>
    None,

    /// <summary>So many bytes, perhaps none.</summary>
    Length,

    /// <summary>Chunks, of which the last is empty, and perhaps trailers (section 7.1).</summary>
    Chunked,

    /// <summary>It ends with the connection; responses only.</summary>
    UntilClose,
}
