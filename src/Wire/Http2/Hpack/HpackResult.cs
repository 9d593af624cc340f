namespace Mesh.Wire.Http2.Hpack;

/// <summary>How decoding a header block ended.</summary>
public enum HpackResult
{
    /// <summary>The list holds every field of the block.</summary>
    Ok,

    /// <summary>The block breaks RFC 7541; the shared state is lost and the connection must end with COMPRESSION_ERROR.</summary>
    CompressionError,

    /// <summary>The block is well-formed and the tables are in step, but the list is longer than allowed: refuse the stream, keep the connection.</summary>
    HeaderListTooLarge,
}
