namespace Mesh.Policy.Outcomes;

/// <summary>Who brought an outcome about.</summary>
public enum OutcomeSource
{
    /// <summary>Nobody: a success.</summary>
    None,

    /// <summary>The caller.</summary>
    Downstream,

    /// <summary>The sidecar itself.</summary>
    Mesh,

    /// <summary>The endpoint, or the way to it.</summary>
    Upstream,
}
