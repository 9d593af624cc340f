using System.Text;
using Mesh.Hosting;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Limiting;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Routing;

/// <summary>A cluster of one endpoint, without a breaker, since there is no other to turn to: the app beside the sidecar, or the sidecar itself.</summary>
internal static class Sole
{
    private static readonly ServicePolicyOptions Policy = ServicePolicyOptions.Default with { Breaker = new BreakerOptions { Enabled = false } };

    /// <summary>The app.</summary>
    /// <param name="service">Whose instance it is.</param>
    /// <param name="instance">The instance's id, by which callers know it: its address means nothing to them.</param>
    /// <param name="address">Of the app.</param>
    /// <param name="memory">The process's; null bounds nothing.</param>
    public static Cluster App(string service, string instance, HostPort address, MemoryBudget? memory = null)
    {
        var endpoint = new Endpoint(service, "app", address.ToString(), State("app")) { Name = $"the app of {instance}" };
        return Of(service, endpoint, memory);
    }

    /// <summary>What the sidecar answers itself.</summary>
    /// <param name="name">The authority that it goes by.</param>
    /// <param name="server">Answers.</param>
    /// <param name="memory">The process's; null bounds nothing.</param>
    public static Cluster Local(string name, LocalServer server, MemoryBudget? memory) => Of(name, new Endpoint(name, server, State(name)), memory);

    private static EndpointState State(string id) => new(id, new CircuitBreaker(Policy.Breaker));

    private static Cluster Of(string service, Endpoint endpoint, MemoryBudget? memory)
    {
        var policy = Policy;
        var state = endpoint.State;
        var limits = new ClusterLimits(new LimitOptions { MaxConcurrentRequests = 1_000_000, MaxPendingRequests = 100_000 });
        return new Cluster
        {
            Name = service,
            Key = Encoding.UTF8.GetBytes(service),
            IsKnown = true,
            Set = new EndpointSet([state], policy.Balancing.PanicThresholdPercent, new EjectionShare(1, policy.Breaker.MaxEjectionPercent)),
            Endpoints = [endpoint],
            Balancer = Balancer.Create(policy.Balancing),
            Policy = policy,
            Table = RouteTable.Empty,
            Routes = [],
            DefaultRoute = new ClusterRoute("", null, policy.Timeouts, policy.Retry, new RetryBudget(policy.Retry.BudgetPercent, policy.Retry.BudgetMinPerSecond), PhaseList.OfRoute(memory ?? MemoryBudget.Unlimited)),
            Limit = limits,
            Phases = PhaseList.OfCluster(limits),
            Statistics = new ClusterStatistics(service),
            EndpointsVersion = 0,
            PolicyVersion = 0,
        };
    }
}
