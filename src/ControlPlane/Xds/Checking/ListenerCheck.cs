namespace Mesh.ControlPlane.Xds.Checking;

/// <summary>Of a client's listener, or a server's: not both.</summary>
internal static class ListenerCheck
{
    public static string? FaultOf(Envoy.Listener listener)
    {
        if (listener.ApiListener is { } api)
        {
            return listener.Address is not null || listener.FilterChains.Count > 0 ? "has both an address and an API listener"
                : !api.ApiListener_.TryUnpack<Envoy.HttpConnectionManager>(out var manager) ? "has no connection manager"
                : manager.Rds is null || manager.Rds.RouteConfigName.Length == 0 ? "does not say where its routes are"
                : !IsFromHere(manager.Rds.ConfigSource) ? "does not get its routes by this stream"
                : FaultOfFilters(manager);
        }

        return listener.Address?.SocketAddress is null ? "has neither an address nor an API listener"
            : listener.FilterChains is not [{ Filters: [{ TypedConfig: { } config }] }] || !config.TryUnpack<Envoy.HttpConnectionManager>(out var server) ? "has not one filter chain with one connection manager"
            : server.RouteConfig is null ? "has no routes"
            : server.RouteConfig.VirtualHosts.Any(host => host.Routes.Any(route => route.NonForwardingAction is null)) ? "has a route that leads elsewhere"
            : FaultOfFilters(server);
    }

    public static bool IsFromHere(Envoy.ConfigSource? source) => source?.Ads is not null;

    private static string? FaultOfFilters(Envoy.HttpConnectionManager manager) =>
        manager.HttpFilters.Count == 0 || !manager.HttpFilters[^1].TypedConfig.Is(Envoy.Router.Descriptor) ? "does not end with a router"
        : manager.HttpFilters.Any(filter => filter.TypedConfig is null) ? "has a filter without a configuration"
        : manager.HttpFilters.Any(filter => filter.Name.Length == 0) || manager.HttpFilters.DistinctBy(filter => filter.Name).Count() < manager.HttpFilters.Count ? "has filters of the same name or none"
        : null;
}
