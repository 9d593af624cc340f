namespace Mesh.Sidecar.Flow.Stages;

/// <summary>The answer on its way to the caller.</summary>
internal struct CallResponse
{
    /// <summary>A part of it is with the caller: there is no way back.</summary>
    public bool IsCommitted;

    /// <summary>Both sides have changed the protocol: bytes go both ways, and each way ends by itself.</summary>
    public bool IsTunnel;

    /// <summary>Of a tunnel: the endpoint has said its last word, and the caller has not.</summary>
    public bool IsAnswered;

    /// <summary>Body bytes passed on.</summary>
    public long Bytes;
}
