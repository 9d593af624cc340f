namespace Mesh.Policy.Balancing;

/// <summary>What became of a pick.</summary>
public enum PickResult
{
    /// <summary>One was picked and its breaker acquired.</summary>
    Picked,

    /// <summary>The cluster has no endpoints.</summary>
    NoEndpoints,

    /// <summary>It has some, but none is healthy (and panic does not apply).</summary>
    NoneHealthy,

    /// <summary>The breaker of every healthy endpoint is open.</summary>
    AllBroken,

    /// <summary>Those that could be used need longer for an answer than the call has left.</summary>
    TooLate,

    /// <summary>Those that could be used were tried by this call already.</summary>
    AllTried,
}
