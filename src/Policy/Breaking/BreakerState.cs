namespace Mesh.Policy.Breaking;

/// <summary>How a breaker stands.</summary>
public enum BreakerState
{
    /// <summary>Every call passes.</summary>
    Closed,

    /// <summary>No call passes.</summary>
    Open,

    /// <summary>The probes pass, nothing else.</summary>
    HalfOpen,
}
