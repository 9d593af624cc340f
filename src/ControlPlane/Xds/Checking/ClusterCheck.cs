using Google.Protobuf.WellKnownTypes;

namespace Mesh.ControlPlane.Xds.Checking;

/// <summary>Of clusters.</summary>
internal static class ClusterCheck
{
    private const uint Whole = 100;

    public static string? FaultOf(Envoy.Cluster cluster) =>
        cluster.Type != Envoy.Cluster.Types.DiscoveryType.Eds || !ListenerCheck.IsFromHere(cluster.EdsClusterConfig?.EdsConfig) ? "does not get its endpoints by this stream"
        : cluster.LbPolicy is not (Envoy.Cluster.Types.LbPolicy.RoundRobin or Envoy.Cluster.Types.LbPolicy.RingHash) ? "is balanced in a way that not all know"
        : cluster.CircuitBreakers?.Thresholds.Any(threshold => threshold.Priority != Envoy.RoutingPriority.Default || threshold.MaxRequests is null or 0) ?? false ? "has a limit that is none"
        : cluster.OutlierDetection is { } outliers ? FaultOf(outliers) : null;

    private static string? FaultOf(Envoy.OutlierDetection outliers) =>
        !IsPositive(outliers.Interval) || !IsPositive(outliers.BaseEjectionTime) || !IsPositive(outliers.MaxEjectionTime) ? "ejects in no time, or for none"
        : outliers.EnforcingSuccessRate != 0u ? "ejects by the share of successes, of which some die"
        : outliers.EnforcingConsecutive5Xx != 0u ? "ejects by failures in a row, which none of gRPC's does"
        : new[] { outliers.MaxEjectionPercent, outliers.FailurePercentageThreshold, outliers.EnforcingFailurePercentage }.Any(percent => percent is null or > Whole) ? "has a percentage that is none"
        : null;

    private static bool IsPositive(Duration? time) => time?.ToTimeSpan() > TimeSpan.Zero;
}
