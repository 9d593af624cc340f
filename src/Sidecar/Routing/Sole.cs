using System.Text;
using Mesh.Policy.Authorization;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Routing;

/// <summary>
/// A destination of one endpoint over time, without a breaker, since there is no other to turn to: the app beside the sidecar, or the
/// sidecar itself. Owns what outlives a snapshot (the endpoint with its load, budget, limits, statistics). One caller at a time.
/// </summary>
internal sealed class Sole
{
    private readonly EndpointSet _set;
    private readonly Balancer _balancer;
    private readonly RetryBudget _budget;
    private readonly ClusterLimits _limits;
    private readonly ClusterStatistics _statistics;
    private readonly MemoryBudget _memory;
    private readonly Phase[] _ofCluster;
    private readonly bool _isClosed;
    private RateLimiters _limiters = RateLimiters.None;

    private Sole(string service, Endpoint endpoint, MemoryBudget? memory, Denials? denials = null, bool isClosed = false)
    {
        _isClosed = isClosed;
        Denials = denials;
        var policy = ServicePolicyOptions.InboundDefault;
        Service = service;
        Endpoint = endpoint;
        _set = new EndpointSet([endpoint.State], policy.Balancing.PanicThresholdPercent, new EjectionShare(1, policy.Breaker.MaxEjectionPercent));
        _balancer = Balancer.Create(policy.Balancing);
        _budget = new RetryBudget(policy.Retry.BudgetPercent, policy.Retry.BudgetMinPerSecond);
        _limits = new ClusterLimits(policy.Limits);
        _statistics = new ClusterStatistics(service);
        _memory = memory ?? MemoryBudget.Unlimited;
        _ofCluster = PhaseList.OfCluster(_limits, takesGrpc: endpoint.App is not { Given: AppProtocol.Http1 });
    }

    /// <summary>Whose it is.</summary>
    public string Service { get; }

    public Endpoint Endpoint { get; }

    /// <summary>How often its calls may be made.</summary>
    public RateLimiters RateLimiters => _limiters;

    /// <summary>Calls that were refused by authorization; null if nobody counts them.</summary>
    public Denials? Denials { get; }

    /// <summary>The app.</summary>
    /// <param name="service">Whose instance it is.</param>
    /// <param name="instance">The instance's id, by which callers know it: its address means nothing to them.</param>
    /// <param name="address">Of the app.</param>
    /// <param name="memory">The process's; null bounds nothing.</param>
    /// <param name="protocol">What it is spoken to in.</param>
    /// <param name="denials">Told of calls that authorization refuses; null if nobody is.</param>
    /// <param name="isClosed">Whether nobody is let in whom no rule allows.</param>
    public static Sole App(
        string service, string instance, string address, MemoryBudget? memory = null, AppProtocol protocol = AppProtocol.Auto, Denials? denials = null, bool isClosed = false) =>
        new(service, new Endpoint(service, "app", address, State("app")) { Name = $"the app of {instance}", App = new AppWire(protocol) }, memory, denials, isClosed);

    /// <summary>What the sidecar answers itself.</summary>
    /// <param name="name">The authority that it goes by.</param>
    /// <param name="server">Answers.</param>
    /// <param name="memory">The process's; null bounds nothing.</param>
    public static Sole Local(string name, LocalServer server, MemoryBudget? memory) => new(name, new Endpoint(name, server, State(name)), memory);

    /// <summary>The cluster by the defaults.</summary>
    public Cluster Build() => Build(ServicePolicyOptions.InboundDefault, version: 0, now: 0);

    /// <summary>The cluster as it is to be from now on. Its limits hold at once, for those of former snapshots too.</summary>
    /// <param name="policy">Its timeouts, limits and rate limits count.</param>
    /// <param name="version">Of the resource that says so; 0 if none does.</param>
    /// <param name="now">In the loops' ticks.</param>
    public Cluster Build(ServicePolicyOptions policy, long version, long now)
    {
        _limits.Configure(policy.Limits);
        _limiters = _limiters.Follow(policy, now);
        return new Cluster
        {
            Name = Service,
            Key = Encoding.UTF8.GetBytes(Service),
            IsKnown = true,
            Set = _set,
            Endpoints = [Endpoint],
            Balancer = _balancer,
            Policy = policy,
            Table = RouteTable.Empty,
            Routes = [],
            DefaultRoute = new ClusterRoute("", [], policy.Timeouts, policy.Retry, _budget, PhaseList.OfRoute(_memory, _limiters.Of(null), policy.Fault, authorize: AuthorizeOf(policy.Authorization with { IsClosed = _isClosed }))),
            Limit = _limits,
            Phases = _ofCluster,
            Statistics = _statistics,
            EndpointsVersion = 0,
            PolicyVersion = version,
        };
    }

    private AuthorizePhase? AuthorizeOf(AuthorizationOptions options) =>
        options.IsEmpty ? null : new AuthorizePhase(new AuthorizationDecision(options), Denials ?? new Denials(Service, null, TimeProvider.System));

    private static EndpointState State(string id) => new(id, new CircuitBreaker(ServicePolicyOptions.InboundDefault.Breaker));
}
