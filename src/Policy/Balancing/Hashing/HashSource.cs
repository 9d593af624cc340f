namespace Mesh.Policy.Balancing.Hashing;

/// <summary>What of a call is hashed.</summary>
public enum HashSource
{
    /// <summary>A header's first value.</summary>
    Header,

    /// <summary>A cookie's value (RFC 6265 section 4.2.1).</summary>
    Cookie,

    /// <summary>The address that the call comes from.</summary>
    SourceAddress,

    /// <summary>The path without the query: in gRPC the method.</summary>
    Path,
}
