using System.Collections.Immutable;
using Mesh.Policy.Balancing.Hashing;

namespace Mesh.Policy.Balancing;

/// <summary>How calls are spread over a cluster's endpoints.</summary>
public sealed record BalancingOptions
{
    /// <summary>Peak EWMA with a decay of 10 s and panic below 50 %.</summary>
    public static readonly BalancingOptions Default = new();

    /// <summary>Default <see cref="BalancerKind.PeakEwma"/>.</summary>
    public BalancerKind Kind { get; init; } = BalancerKind.PeakEwma;

    /// <summary>Peak EWMA: time after which 1/e of an old latency is left, 100 ms to 10 min; default 10 s.</summary>
    public TimeSpan EwmaDecay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ring hash and Maglev: what of a call is hashed, the first that it has; default nothing, which is any endpoint.</summary>
    public ImmutableArray<HashOptions> HashOn { get; init; } = [];

    /// <summary>How an endpoint that is new, or well again, comes to its share; default at once.</summary>
    public SlowStart SlowStart { get; init; } = SlowStart.None;

    /// <summary>Most endpoints that one sidecar calls, 1 to 10000; default 0, all.</summary>
    public int SubsetSize { get; init; }

    /// <summary>Which endpoints are called rather than others; default none.</summary>
    public LocalityPreference Locality { get; init; }

    /// <summary>Longest time that an endpoint is left alone because it asks for it, up to 1 h; default 30 s, zero is not at all.</summary>
    public TimeSpan MaxRest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Below this percentage of healthy endpoints health is ignored, 0 (never) to 100; default 50.</summary>
    public int PanicThresholdPercent { get; init; } = 50;

    /// <summary>Whether another says the same: lists that are equal are two to a record's own comparison.</summary>
    public bool SaysTheSameAs(BalancingOptions other) => HashOn.SequenceEqual(other.HashOn) && this == other with { HashOn = HashOn };
}
