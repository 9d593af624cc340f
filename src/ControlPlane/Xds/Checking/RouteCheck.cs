using Mesh.ControlPlane.Xds.Mapping;

namespace Mesh.ControlPlane.Xds.Checking;

/// <summary>Of routes.</summary>
internal static class RouteCheck
{
    private static readonly HashSet<string> RetryWords = ["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"];

    public static string? FaultOf(Envoy.RouteConfiguration routes) =>
        routes.VirtualHosts is not [{ Domains: ["*"] } host] ? "has not one virtual host for all names"
        : host.Routes.Count == 0 ? "has no route"
        : host.Routes[^1].Match is not { Prefix: "" or "/", Headers.Count: 0 } ? "does not end with a route for every call"
        : host.Routes.Select((route, i) => FaultOf(route) is { } fault ? $"routes[{i}] {fault}" : null).FirstOrDefault(fault => fault is not null);

    private static string? FaultOf(Envoy.Route route) =>
        route.Route_ is not { } action ? "has no action that clients know"
        : FaultOf(route.Match) ?? FaultOf(action) ?? (action.RetryPolicy is { } retry ? FaultOf(retry) : null)
            ?? route.TypedPerFilterConfig.Values.Select(config => config.TryUnpack<Envoy.HTTPFault>(out var fault) ? FaultOf(fault) : "configures a filter that there is none of").FirstOrDefault(fault => fault is not null);

    private static string? FaultOf(Envoy.RouteMatch match) => match.PathSpecifierCase switch
    {
        Envoy.RouteMatch.PathSpecifierOneofCase.None => "says nothing of the path",
        Envoy.RouteMatch.PathSpecifierOneofCase.Path when !match.Path.StartsWith('/') => "has a path that none is",
        Envoy.RouteMatch.PathSpecifierOneofCase.Prefix when match.Prefix.Length > 0 && match.Prefix[0] != '/' => "has a prefix that no path has",
        Envoy.RouteMatch.PathSpecifierOneofCase.SafeRegex when !PatternSubset.Holds(match.SafeRegex.Regex) => "has a regular expression that not all can read",
        _ => match.Headers.Select(FaultOf).FirstOrDefault(fault => fault is not null),
    };

    private static string? FaultOf(Envoy.HeaderMatcher header) =>
        header.Name.Length == 0 ? "has a header without a name"
        : header.HeaderMatchSpecifierCase == Envoy.HeaderMatcher.HeaderMatchSpecifierOneofCase.None ? $"has no condition on {header.Name}"
        : header is { HasPresentMatch: true, PresentMatch: false } ? $"says that {header.Name} is absent in a way that not all know"
        : header is { HasPrefixMatch: true, PrefixMatch: "" } ? $"has an empty prefix of {header.Name}"
        : null;

    private static string? FaultOf(Envoy.RouteAction action) => action.ClusterSpecifierCase switch
    {
        Envoy.RouteAction.ClusterSpecifierOneofCase.Cluster => ClusterName.TryParse(action.Cluster, out _) ? FaultOfTime(action) : "names no cluster of ours",
        Envoy.RouteAction.ClusterSpecifierOneofCase.WeightedClusters => FaultOf(action.WeightedClusters) ?? FaultOfTime(action),
        _ => "leads nowhere",
    };

    private static string? FaultOf(Envoy.WeightedCluster weighted) =>
        weighted.Clusters.Count == 0 ? "shares its calls among nobody"
        : weighted.Clusters.Sum(cluster => cluster.Weight ?? 0) != (weighted.TotalWeight ?? 100) || weighted.TotalWeight == 0 ? "has weights whose sum is another"
        : weighted.Clusters.DistinctBy(cluster => cluster.Name).Count() < weighted.Clusters.Count ? "has a cluster twice"
        : weighted.Clusters.All(cluster => ClusterName.TryParse(cluster.Name, out _)) ? null : "names no cluster of ours";

    private static string? FaultOfTime(Envoy.RouteAction action) =>
        action.MaxStreamDuration is null || action.MaxStreamDuration.MaxStreamDuration_?.ToTimeSpan() > TimeSpan.Zero ? null : "gives calls no time";

    private static string? FaultOf(Envoy.RetryPolicy retry) =>
        retry.NumRetries is not (>= 1 and < RetryMapping.MostAttempts) ? "tries again less than once, or more often than clients do"
        : !retry.RetryOn.Split(',').All(RetryWords.Contains) ? "tries again what clients do not know"
        : !(retry.RetryBackOff?.BaseInterval?.ToTimeSpan() > TimeSpan.Zero) || !(retry.RetryBackOff.MaxInterval?.ToTimeSpan() >= retry.RetryBackOff.BaseInterval.ToTimeSpan()) ? "has no pause before it tries again"
        : null;

    private static string? FaultOf(Envoy.HTTPFault fault) =>
        fault.Abort is { } abort && (abort.ErrorTypeCase != Envoy.FaultAbort.ErrorTypeOneofCase.GrpcStatus || abort.GrpcStatus is 0 or > 16) ? "is answered with no status of gRPC"
        : fault.Delay is { } delay && !(delay.FixedDelay?.ToTimeSpan() > TimeSpan.Zero) ? "is delayed by no time"
        : null;
}
