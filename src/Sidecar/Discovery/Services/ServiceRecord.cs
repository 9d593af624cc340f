using System.Collections.Immutable;
using System.Text;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Circuits;
using Mesh.Wire.Buffers;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Services;

/// <summary>
/// One service over time: what was last said of it, and what outlives a snapshot (endpoints with their load and breakers,
/// budgets, limits, statistics). Part of <see cref="ServiceDirectory"/>, under its lock.
/// </summary>
/// <param name="name">The service's.</param>
/// <param name="use">Marked by who calls it; null if nobody asks.</param>
/// <param name="circuits">Told what becomes of its circuits; null if nobody listens.</param>
/// <param name="memory">The process's.</param>
/// <param name="vantage">Where the sidecar stands.</param>
internal sealed class ServiceRecord(string name, ServiceUse? use, CircuitLog? circuits, MemoryBudget memory, Vantage vantage)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(name);
    private readonly ClusterStatistics _statistics = new(name);
    private readonly Dictionary<string, RetryBudget> _budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Hedging> _hedgings = new(StringComparer.Ordinal);
    private Dictionary<(string Id, string Address), Upstream.Endpoint> _endpoints = [];
    private IReadOnlyList<Api.Endpoint>? _said;
    private ServicePolicyOptions? _saidPolicy;
    private ServicePolicyOptions? _policy;
    private RouteTable _table = RouteTable.Empty;
    private ClusterLimits? _limits;
    private RateLimiters _limiters = RateLimiters.None;
    private Balancer? _balancer;
    private EjectionShare? _share;
    private OutlierSweep? _sweep;
    private Cluster? _built;
    private bool _isStale;
    private bool _isKnown;
    private bool _isFollowed;
    private long _endpointsVersion;
    private long _saidPolicyVersion;
    private long _policyVersion;
    private long _policySince;

    /// <summary>Both halves are there.</summary>
    public bool IsComplete => _said is not null && _saidPolicy is not null;

    /// <summary>There is such a service.</summary>
    public bool IsKnown => _isKnown;

    public bool HasEndpoints => _said is not null;

    /// <summary>Calls are under way.</summary>
    public bool IsCalled => _limits is { Requests: > 0 };

    /// <summary>Where its routes lead: those that hold, and those that are to.</summary>
    public IEnumerable<string> Targets => (_saidPolicy?.Targets ?? []).Concat(_policy?.Targets ?? []);

    /// <summary>The limits that it has parts of.</summary>
    public IEnumerable<SharedLimiter> SharedLimits =>
        _limiters.Shared.Select(one => new SharedLimiter(ConfigKindName.Policy, name, one.Route, one.Index, one.Limiter));

    /// <summary>Those of the last cluster.</summary>
    public IEnumerable<Upstream.Endpoint> Endpoints => _endpoints.Values;

    /// <summary>The policy said last is in force.</summary>
    public bool IsPolicyFollowed => _isFollowed;

    public bool HasPolicy => _saidPolicy is not null;

    public void SetEndpoints(long version, bool isKnown, IReadOnlyList<Api.Endpoint> endpoints)
    {
        _endpointsVersion = version;
        _isKnown = isKnown;
        _said = endpoints;
        _isStale = true;
    }

    /// <param name="version">Of the policy.</param>
    /// <param name="policy">Takes force when it can be followed.</param>
    /// <param name="now">In the loops' ticks.</param>
    public void SetPolicy(long version, ServicePolicyOptions policy, long now)
    {
        _saidPolicyVersion = version;
        _saidPolicy = policy;
        _policySince = now;
        _isFollowed = false;
    }

    /// <summary>Whether the service waits to be called until its first policy can be followed, and has waited too long.</summary>
    public bool IsPolicyOverdue(long now) =>
        _policy is null && IsComplete && now - _policySince >= ServiceDirectory.Patience.Ticks;

    /// <summary>Compares the endpoints, where that is asked for and due.</summary>
    /// <param name="now">In the loops' ticks.</param>
    public void EjectOutliers(long now)
    {
        if (_policy?.Ejection is not { } options)
        {
            _sweep = null;
        }
        else if (_built is not null)
        {
            _sweep ??= new OutlierSweep();
            _sweep.Run(_built.Set.Endpoints, options, now);
        }
    }

    /// <summary>The cluster as it stands; null while either half is missing. Unchanged, it is the same object.</summary>
    /// <param name="gone">Endpoints that are no longer there are added to it.</param>
    /// <param name="canFollow">Whether a policy can take force; if not, the former one stays, with the endpoints as they are now.</param>
    /// <param name="now">In the loops' ticks.</param>
    public Cluster? Build(List<Upstream.Endpoint> gone, Func<ServicePolicyOptions, bool> canFollow, long now)
    {
        if (!IsComplete)
        {
            return _built;
        }

        ChoosePolicy(canFollow, now);
        if (!_isStale || _policy is null)
        {
            return _built;
        }

        _isStale = false;
        _share ??= new EjectionShare(0, _policy.Breaker.MaxEjectionPercent);
        var endpoints = UpdateEndpoints(gone, now);
        var set = new EndpointSet(Array.ConvertAll(endpoints, e => e.State), _policy.Balancing, _share, vantage);
        FitShare(set, endpoints, now);
        if (_limits is null)
        {
            _limits = new ClusterLimits(_policy.Limits);
        }
        else
        {
            _limits.Configure(_policy.Limits);
        }

        if (_balancer?.Options.SaysTheSameAs(_policy.Balancing) != true)
        {
            _balancer = Balancer.Create(_policy.Balancing, (uint)now);
        }

        _balancer.Prepare(set);
        _limiters = _limiters.Follow(_policy, now);
        return _built = new Cluster
        {
            Name = name,
            Key = _key,
            IsKnown = _isKnown,
            Set = set,
            Endpoints = endpoints,
            Balancer = _balancer,
            Policy = _policy,
            Table = _table,
            Routes = [.. _policy.Routes.Select(MakeRoute)],
            DefaultRoute = MakeRoute("", null, _policy.Timeouts, _policy.Retry),
            Limit = _limits,
            Phases = PhaseList.OfCluster(_limits),
            Statistics = _statistics,
            Use = use,
            EndpointsVersion = _endpointsVersion,
            PolicyVersion = _policyVersion,
        };
    }

    private void ChoosePolicy(Func<ServicePolicyOptions, bool> canFollow, long now)
    {
        if (_isFollowed)
        {
            return;
        }

        if (canFollow(_saidPolicy!))
        {
            Apply(_saidPolicy!, _saidPolicyVersion);
            _isFollowed = true;
        }
        else if (IsPolicyOverdue(now))
        {
            Apply(ServicePolicyOptions.Default, version: 0); // there is no former one
        }
    }

    private void Apply(ServicePolicyOptions policy, long version)
    {
        if (_policy?.Retry != policy.Retry)
        {
            _budgets.Clear();
        }

        _policyVersion = version;
        _policy = policy;
        _table = new RouteTable(policy.Routes);
        _isStale = true;
    }

    private Upstream.Endpoint[] UpdateEndpoints(List<Upstream.Endpoint> gone, long now)
    {
        var kept = new Dictionary<(string, string), Upstream.Endpoint>();
        var ordered = new List<Upstream.Endpoint>();
        // One that drains is left out, so that it does not count as sick, as long as there is one that is well.
        var othersThere = _said!.Any(e => e.Status is Api.ServiceStatus.Healthy or Api.ServiceStatus.Unspecified);
        foreach (var said in _said!)
        {
            if (othersThere && said.Status == Api.ServiceStatus.Draining)
            {
                continue;
            }

            var id = said.Id.Length > 0 ? said.Id : said.Address;
            var identity = (id, said.Address);
            if (!kept.TryGetValue(identity, out var endpoint))
            {
                endpoint = _endpoints.TryGetValue(identity, out var known)
                    ? known
                    : MakeEndpoint(id, said.Address, now);
                kept.Add(identity, endpoint);
                ordered.Add(endpoint);
            }

            Update(endpoint, said, now);
        }

        foreach (var (identity, endpoint) in _endpoints)
        {
            if (!kept.ContainsKey(identity))
            {
                endpoint.State.Breaker.Retire();
                gone.Add(endpoint);
            }
        }

        _endpoints = kept;
        return [.. ordered];
    }

    private Upstream.Endpoint MakeEndpoint(string id, string address, long now)
    {
        Upstream.Endpoint? made = null;
        var share = _share!;
        var breaker = new CircuitBreaker(_policy!.Breaker, share, change => circuits?.Report(made!, share, change));
        var state = new EndpointState(id, breaker);
        if (_endpoints.Count > 0)
        {
            state.WarmingSince = now; // those that are there at the beginning have nobody to wait behind
        }

        return made = new Upstream.Endpoint(name, id, address, state);
    }

    /// <summary>
    /// Where fewer may be out than are, since endpoints went away or the share was lowered, those come back whose open time
    /// ends first.
    /// </summary>
    /// <param name="set">Which of them are called.</param>
    /// <param name="endpoints">All there are.</param>
    /// <param name="now">In the loops' ticks.</param>
    private void FitShare(EndpointSet set, Upstream.Endpoint[] endpoints, long now)
    {
        _share!.Configure(set.Count, _policy!.Breaker.MaxEjectionPercent);
        for (var i = 0; i < endpoints.Length; i++)
        {
            // Whoever is no longer called would hold its place for ever: nobody probes it.
            if (!set.IsCalled(i) && !endpoints[i].State.Breaker.IsClosed)
            {
                endpoints[i].State.Breaker.Readmit(now);
            }
        }

        if (_share.Excess == 0)
        {
            return;
        }

        foreach (var endpoint in endpoints.Where(e => !e.State.Breaker.IsClosed).OrderBy(e => e.State.Breaker.OpenUntil).Take(_share.Excess).ToList())
        {
            endpoint.State.Breaker.Readmit(now);
        }
    }

    private void Update(Upstream.Endpoint endpoint, Api.Endpoint said, long now)
    {
        if (endpoint.State.Breaker.Options != _policy!.Breaker)
        {
            endpoint.State.Breaker.Configure(_policy.Breaker, now);
        }

        endpoint.IsSidecar = said.Sidecar;
        endpoint.Identity = SpiffeId.TryParse(said.Identity, out var identity) ? identity : null; // what is none was refused before
        var wasHealthy = endpoint.State.Model.IsHealthy;
        endpoint.State.Model = new EndpointModel
        {
            IsHealthy = said.Status is Api.ServiceStatus.Healthy or Api.ServiceStatus.Unspecified,
            Weight = said.HasWeight ? (int)said.Weight : 100,
            Status = said.Status == Api.ServiceStatus.Unspecified ? "HEALTHY" : said.Status.ToString().ToUpperInvariant(),
            Version = said.Version,
            Locality = said.Locality,
            Metadata = said.Metadata,
        };
        if (!wasHealthy && endpoint.State.Model.IsHealthy)
        {
            endpoint.State.WarmingSince = now;
        }
    }

    private ClusterRoute MakeRoute(RouteOptions route) =>
        MakeRoute(route.Name, route, route.Timeouts ?? _policy!.Timeouts, route.Retry ?? _policy!.Retry);

    private ClusterRoute MakeRoute(string routeName, RouteOptions? route, TimeoutOptions timeouts, RetryOptions retry)
    {
        var targets = route?.Backends ?? [];
        if (!_budgets.TryGetValue(routeName, out var budget))
        {
            _budgets[routeName] = budget = new RetryBudget(retry.BudgetPercent, retry.BudgetMinPerSecond);
        }

        var answer = route is null ? null : RouteAnswer.Of(route);
        return new ClusterRoute(
            routeName,
            targets is [{ Subset.IsAll: true } one] && (one.Service ?? name) == name ? [] : targets,
            timeouts,
            retry,
            budget,
            PhaseList.OfRoute(memory, _limiters.Of(route?.Name), route?.Fault ?? _policy!.Fault, answer?.Phase),
            HedgingOf(routeName, route?.Hedging ?? _policy!.Hedging),
            route?.Mirror)
        {
            HashOn = route?.HashOn ?? [],
            Answer = answer,
            Rewrite = route is null ? null : RouteRewrite.Of(route),
        };
    }

    // What it has learned of the route's answers outlives what else is said of the service.
    private Hedging? HedgingOf(string routeName, HedgingOptions? options)
    {
        if (options is null)
        {
            _hedgings.Remove(routeName);
            return null;
        }

        return _hedgings.TryGetValue(routeName, out var known) && known.Options == options
            ? known
            : _hedgings[routeName] = new Hedging(options);
    }
}
