using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Routing;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>How a service's instances are balanced, limited and ejected.</summary>
internal static class ClusterMapping
{
    private const int MaxPercent = 100;

    public static Envoy.Cluster Of(ClusterName name, ServicePolicyOptions policy, ClientClass client) => new()
    {
        Name = name.ToString(),
        Type = Envoy.Cluster.Types.DiscoveryType.Eds,
        EdsClusterConfig = new() { EdsConfig = ListenerMapping.FromHere() },
        LbPolicy = HashedHeaders(policy.Balancing, client).Any() ? Envoy.Cluster.Types.LbPolicy.RingHash : Envoy.Cluster.Types.LbPolicy.RoundRobin,
        // Always: theirs without it is 1,024.
        CircuitBreakers = new() { Thresholds = { new Envoy.CircuitBreakers.Types.Thresholds { MaxRequests = (uint)policy.Limits.MaxConcurrentRequests } } },
        OutlierDetection = Outliers(policy),
    };

    /// <summary>What a client that balances by a ring hashes of its calls; none for one that does not.</summary>
    public static IEnumerable<string> HashedHeaders(BalancingOptions balancing, ClientClass client) =>
        client.HashesByRing && balancing.Kind is (BalancerKind.RingHash or BalancerKind.Maglev)
            ? balancing.HashOn.Where(hash => hash.Source == HashSource.Header).Select(hash => hash.Name)
            : [];

    /// <summary>Whose share of failures is high, by <c>ejection</c> or else by the breaker's rate; null for nobody.</summary>
    private static Envoy.OutlierDetection? Outliers(ServicePolicyOptions policy)
    {
        if (policy.Ejection is { FailurePercentage: { } ejected } ejection)
        {
            return Outliers(ejection.Interval, ejection.BaseTime, ejection.MaxTime, policy.Breaker, ejected.Threshold, ejected.MinHosts, ejected.RequestVolume);
        }

        var breaker = policy.Breaker;
        // They eject above a percentage, and a breaker opens at it.
        return breaker is { Enabled: true, FailureRatePercent: > 0 }
            ? Outliers(breaker.Window, breaker.Open, breaker.MaxOpen, breaker, breaker.FailureRatePercent - 1, minHosts: 1, breaker.MinRequests)
            : null;
    }

    private static Envoy.OutlierDetection Outliers(
        TimeSpan interval, TimeSpan baseTime, TimeSpan maxTime, BreakerOptions breaker, int percent, int minHosts, int volume) => new()
        {
            Interval = interval.ToDuration(),
            BaseEjectionTime = baseTime.ToDuration(),
            MaxEjectionTime = (maxTime < baseTime ? baseTime : maxTime).ToDuration(),
            MaxEjectionPercent = (uint)Math.Min(breaker.MaxEjectionPercent, MaxPercent),
            FailurePercentageThreshold = (uint)percent,
            FailurePercentageMinimumHosts = (uint)minHosts,
            FailurePercentageRequestVolume = (uint)volume,
            EnforcingFailurePercentage = MaxPercent,
            // Left to its default it kills grpc-js where no instance has enough calls.
            EnforcingSuccessRate = 0,
            EnforcingConsecutive5Xx = 0,
        };
}
