using Mesh.Policy.Faults;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Changes;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Local.Resuming;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Local;

/// <summary>
/// What of the mesh's own APIs the control plane answers: routes of the service "mesh" that lead there. The sidecar says whose calls
/// they are, in place of whatever the app has written there.
/// </summary>
internal static class PassedOn
{
    /// <summary>Of a sidecar that does not say for whom it calls. No service can be called so.</summary>
    private const string Nobody = "mesh/client";

    /// <summary>Those that are resumed go to the sidecar itself.</summary>
    private static readonly string[] Streams = ["/mesh.v1.Events/Subscribe", "/mesh.v1.Queues/Receive"];

    private static readonly (string Name, string Prefix)[] Apis =
    [
        ("events", "/mesh.v1.Events/"),
        ("queues", "/mesh.v1.Queues/"),
        ("events and queues over HTTP", "/v1/"),
        ("reflection", "/grpc.reflection."),
    ];

    /// <summary>For whom a sidecar calls.</summary>
    /// <param name="service">As it was told; null or empty if it was not.</param>
    public static string SourceOf(string? service) => string.IsNullOrEmpty(service) ? Nobody : service;

    /// <param name="mesh">What the sidecar answers itself.</param>
    /// <param name="source">For whom it calls.</param>
    /// <param name="memory">The process's.</param>
    public static Cluster AddTo(Cluster mesh, string source, MemoryBudget memory)
    {
        RouteOptions[] routes = [.. Streams.Select(OwnOf), .. Apis.Select(api => RouteOf(api.Name, api.Prefix, source))];
        var policy = ServicePolicyOptions.InboundDefault;
        var budget = new RetryBudget(policy.Retry.BudgetPercent, policy.Retry.BudgetMinPerSecond);
        return mesh with
        {
            Table = new RouteTable(routes),
            Routes =
            [
                .. routes.Select(route => new ClusterRoute(
                    route.Name, route.Backends, route.Timeouts!, policy.Retry, budget, PhaseList.OfRoute(memory, [], FaultOptions.None))
                {
                    Rewrite = RouteRewrite.Of(route),
                }),
            ],
        };
    }

    // A subscriber may have nothing to say, or to be told, for hours.
    private static TimeoutOptions Patient => ServicePolicyOptions.InboundDefault.Timeouts with { SilentRequest = null };

    private static RouteOptions OwnOf(string path) =>
        new() { Name = "streams of events and queues", Match = new RouteMatchOptions { Exact = path }, Timeouts = Patient };

    private static RouteOptions RouteOf(string name, string prefix, string source) => new()
    {
        Name = name,
        Match = new RouteMatchOptions { Prefix = prefix },
        Backends = [new BackendOptions { Service = ControlPlaneService.Name }],
        Timeouts = Patient,
        Rewrite = new RewriteOptions { RequestHeaders = new HeaderChangeOptions { Set = [(CallerHeaders.SourceHeader, source)] } },
    };
}
