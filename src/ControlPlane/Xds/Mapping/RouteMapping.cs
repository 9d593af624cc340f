using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.Routing;
using RouteOptions = Mesh.Policy.Routing.RouteOptions;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>A service's routes. The last one takes every call, so that each finds one.</summary>
internal static class RouteMapping
{
    /// <summary>Clients accept messages of 4 MiB, and take a larger one for silence.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    // Of each route among the others.
    private const int Framing = 8;

    // More than those bytes can hold: methods and headers multiply.
    private const int MostRoutes = 100_000;

    /// <param name="service">Whose.</param>
    /// <param name="policy">Its.</param>
    /// <param name="client">For whom.</param>
    /// <param name="caller">The service that the client is part of; empty if it does not say.</param>
    public static Envoy.RouteConfiguration Of(string service, ServicePolicyOptions policy, ClientClass client, string caller)
    {
        var host = new Envoy.VirtualHost { Name = service, Domains = { "*" } };
        foreach (var route in policy.For(caller, "").Routes)
        {
            host.Routes.Add(SayableOf(service, route, policy, client).Take(MostRoutes - host.Routes.Count));
        }

        host.Routes.Add(Of(service, new RouteOptions { Name = "default" }, policy, client));
        return new() { Name = service, VirtualHosts = { host } };
    }

    /// <summary>A route as several that take its calls between them.</summary>
    /// <exception cref="UnsayableException">Clients cannot be told of it.</exception>
    public static IEnumerable<Envoy.Route> Of(string service, RouteOptions route, ServicePolicyOptions policy, ClientClass client)
    {
        var action = ActionOf(service, route, policy, client);
        var fault = FaultMapping.Of(route, policy.Fault);
        return
            from match in MatchMapping.Of(route.Match)
            from split in RetryMapping.Split(match, route.Retry ?? policy.Retry)
            select Make(route.Name, split.Match, split.Retry, action, fault);
    }

    /// <summary>Whether a policy has more routes than any client could be sent.</summary>
    public static bool IsTooLarge(string service, ServicePolicyOptions policy)
    {
        var bytes = 0L;
        return policy.Routes.SelectMany(route => SayableOf(service, route, policy, ClientClass.Node)).Any(route => (bytes += route.CalculateSize() + Framing) > MaxBytes);
    }

    /// <summary>The services whose names a policy's routes tell callers by.</summary>
    public static bool TellsApart(ServicePolicyOptions policy, string caller) =>
        policy.Routes.Any(route => route.Match.Source?.Service is { } source && source == caller);

    // Its calls take the next that matches; who applies it is told (WithoutEffect).
    private static IEnumerable<Envoy.Route> SayableOf(string service, RouteOptions route, ServicePolicyOptions policy, ClientClass client)
    {
        try
        {
            return Of(service, route, policy, client);
        }
        catch (UnsayableException)
        {
            return [];
        }
    }

    private static Envoy.Route Make(string name, Envoy.RouteMatch match, Envoy.RetryPolicy? retry, Envoy.RouteAction action, Envoy.HTTPFault? fault)
    {
        var route = new Envoy.Route { Name = name, Match = match, Route_ = action.Clone() };
        route.Route_.RetryPolicy = retry;
        if (fault is not null)
        {
            route.TypedPerFilterConfig.Add(ListenerMapping.FaultFilter, TypeUrl.Pack(fault));
        }

        return route;
    }

    private static Envoy.RouteAction ActionOf(string service, RouteOptions route, ServicePolicyOptions policy, ClientClass client)
    {
        var action = new Envoy.RouteAction();
        var shares = SharesOf(service, route);
        if (shares is [var (only, _)])
        {
            action.Cluster = only;
        }
        else
        {
            action.WeightedClusters = new() { TotalWeight = (uint)shares.Sum(share => share.Weight) };
            action.WeightedClusters.Clusters.Add(
                shares.Select(share => new Envoy.WeightedCluster.Types.ClusterWeight { Name = share.Cluster, Weight = (uint)share.Weight }));
        }

        // Zero would be no time at all to some.
        if ((route.Timeouts ?? policy.Timeouts).Request is { } request)
        {
            action.MaxStreamDuration = new() { MaxStreamDuration_ = (request + client.TimeoutSlack).ToDuration() };
        }

        action.HashPolicy.Add(ClusterMapping.HashedHeaders(policy.Balancing, client)
            .Select(header => new Envoy.RouteAction.Types.HashPolicy { Header = new() { HeaderName = header }, Terminal = true }));
        return action;
    }

    /// <summary>Where its calls go, each place once, and none without a share.</summary>
    private static List<(string Cluster, int Weight)> SharesOf(string service, RouteOptions route)
    {
        if (route.Backends.IsEmpty)
        {
            return [(service, 1)];
        }

        var shares = route.Backends
            .GroupBy(backend => new ClusterName(backend.Service ?? service, [backend.Subset, .. backend.Fallbacks]).ToString())
            .Select(alike => (Cluster: alike.Key, Weight: alike.Sum(backend => backend.Weight)))
            .Where(share => share.Weight > 0)
            .ToList();
        return shares.TrueForAll(share => share.Cluster.Length <= ClusterName.MaxLength)
            ? shares
            : throw new UnsayableException("subset", $"and its fallbacks take more than {ClusterName.MaxLength} characters to name");
    }
}
