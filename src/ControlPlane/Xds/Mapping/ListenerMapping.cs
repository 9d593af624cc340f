namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// Listeners. A client's says where its routes are, and never changes: what can go wrong with it is that it is gone, and then an open channel is
/// dead for good.
/// </summary>
internal static class ListenerMapping
{
    /// <summary>Faults are made by a filter that does nothing until a route says so.</summary>
    public const string FaultFilter = "fault";

    public static Envoy.Listener Of(string text, ListenerName name) => name.Listening is { } listening ? OfServer(text, listening) : OfClient(text, name.Service!);

    /// <summary>All come by a discovery stream, and the stream is this one.</summary>
    public static Envoy.ConfigSource FromHere() => new() { Ads = new(), ResourceApiVersion = Envoy.ApiVersion.V3 };

    private static Envoy.Listener OfClient(string text, string service)
    {
        var manager = new Envoy.HttpConnectionManager
        {
            StatPrefix = service,
            Rds = new() { ConfigSource = FromHere(), RouteConfigName = service },
            HttpFilters =
            {
                new Envoy.HttpFilter { Name = FaultFilter, TypedConfig = TypeUrl.Pack(new Envoy.HTTPFault()), IsOptional = true },
                Router(),
            },
        };
        return new Envoy.Listener { Name = text, ApiListener = new() { ApiListener_ = TypeUrl.Pack(manager) } };
    }

    // It takes every call: who may call is not decided here.
    private static Envoy.Listener OfServer(string text, HostPort listening)
    {
        var manager = new Envoy.HttpConnectionManager
        {
            StatPrefix = "server",
            RouteConfig = new()
            {
                Name = "all",
                VirtualHosts =
                {
                    new Envoy.VirtualHost
                    {
                        Name = "all",
                        Domains = { "*" },
                        Routes = { new Envoy.Route { Match = new() { Prefix = "/" }, NonForwardingAction = new() } },
                    },
                },
            },
            HttpFilters = { Router() },
        };
        return new Envoy.Listener
        {
            Name = text,
            // Word for word what it said: another spelling of the same address stops it.
            Address = EndpointAddress.Of(listening.Host, listening.Port),
            FilterChains =
            {
                new Envoy.FilterChain { Name = "all", Filters = { new Envoy.Filter { Name = "http", TypedConfig = TypeUrl.Pack(manager) } } },
            },
        };
    }

    private static Envoy.HttpFilter Router() => new() { Name = "router", TypedConfig = TypeUrl.Pack(new Envoy.Router()) };
}
