namespace Mesh.Policy.Balancing;

/// <summary>How an endpoint is picked.</summary>
public enum BalancerKind
{
    /// <summary>The one with the lower latency times load of two picked at random.</summary>
    PeakEwma,

    /// <summary>Each in turn.</summary>
    RoundRobin,

    /// <summary>Any.</summary>
    Random,

    /// <summary>The one with fewer calls in flight of two picked at random.</summary>
    LeastRequest,

    /// <summary>The one with the fewest calls in flight for its weight, of all.</summary>
    LeastConnections,

    /// <summary>The next on a ring after the call's hash.</summary>
    RingHash,

    /// <summary>The one that Maglev's table has for the call's hash.</summary>
    Maglev,
}
