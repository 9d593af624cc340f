using System.Collections.Immutable;
using Mesh.Policy;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Calls;
using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Phases;

namespace Mesh.Sidecar.Snapshot;

/// <summary>A route with everything that a request needs of it resolved; immutable but for the budget it refers to.</summary>
internal sealed class ClusterRoute(
    string name,
    ImmutableArray<BackendOptions> targets,
    TimeoutOptions timeouts,
    RetryOptions retry,
    RetryBudget budget,
    Phase[] phases,
    Hedging? hedging = null,
    MirrorOptions? mirror = null)
{
    private Split? _split;
    private StickySplit? _sticky;
    private RouteBackend[] _backends = [];

    public string Name { get; } = name;

    /// <summary>Its calls do not simply go to all endpoints of the service that it belongs to.</summary>
    public bool LeadsElsewhere => !targets.IsEmpty;

    /// <summary>There are clusters to be found for it.</summary>
    public bool NeedsLinks => LeadsElsewhere || mirror is not null;

    /// <summary>Something may go beside an attempt.</summary>
    public bool HasCompanions { get; } = mirror is not null || hedging is not null;

    /// <summary>When a call is sent to another endpoint as well; null is never. Lasts longer than the snapshot.</summary>
    public Hedging? Hedging { get; } = hedging;

    /// <summary>Where copies of its calls go; null is nowhere.</summary>
    public RouteMirror? Mirror { get; private set; }

    /// <summary>What keeps a caller's calls at one of the places that they lead to; empty: nothing does.</summary>
    public ImmutableArray<HashOptions> HashOn { get; init; } = [];

    /// <summary>What is changed of its calls on their way; null is nothing.</summary>
    public RouteRewrite? Rewrite { get; init; }

    /// <summary>What its calls are answered here; null if they go somewhere.</summary>
    public RouteAnswer? Answer { get; init; }

    /// <summary>What its calls pass before the first attempt.</summary>
    public Phase[] Phases { get; } = phases;

    public TimeoutOptions Timeouts { get; } = timeouts;

    public RetryOptions Retry { get; } = retry;

    /// <summary>Lasts longer than the snapshot.</summary>
    public RetryBudget Budget { get; } = budget;

    /// <summary>In ticks; 0 is none.</summary>
    public long RequestTimeout { get; } = timeouts.Request?.Ticks ?? 0;

    /// <summary>In ticks; 0 is none.</summary>
    public long PerTryTimeout { get; } = timeouts.PerTry?.Ticks ?? 0;

    /// <summary>In ticks; 0 is none.</summary>
    public long IdleTimeout { get; } = timeouts.Idle?.Ticks ?? 0;

    /// <summary>While the request is not whole and the answer has not begun; in ticks, 0 is none.</summary>
    public long SilentRequestTimeout { get; } = timeouts.Idle is null ? timeouts.SilentRequest?.Ticks ?? 0 : 0;

    /// <summary>How long a stream of gRPC lasts; in ticks, 0 is as long as it likes.</summary>
    public long MaxStreamAge { get; } = timeouts.MaxStreamAge?.Ticks ?? 0;

    /// <summary>Calls go out even if no endpoint can answer them in time.</summary>
    public bool SendsHopeless { get; } = timeouts.SendsHopeless;

    /// <summary>In ticks.</summary>
    public long ConnectTimeout { get; } = (timeouts.Connect ?? TimeSpan.FromSeconds(1)).Ticks;

    /// <summary>
    /// Whether an answer's code may lead to another attempt, so that its head is held back until a message or the
    /// trailers tell.
    /// </summary>
    public bool RetriesByCode { get; } = retry.MaxAttempts > 1 && retry.RetriableCodes != 0;

    /// <summary>Where a call goes; only of one that <see cref="LeadsElsewhere"/>, once it is linked.</summary>
    public RouteBackend Choose(CallFacts call) =>
        _backends[_sticky is not null && _sticky.TryChoose(call, out var index) ? index : _split!.Choose(ref call.Random)];

    /// <summary>The same route with the clusters that it leads to.</summary>
    /// <param name="own">The service that it belongs to.</param>
    /// <param name="find">The cluster of some of a service's endpoints; null if nothing is known of the service.</param>
    public ClusterRoute Linked(string own, Func<string, EndpointSubset, Cluster?> find)
    {
        var linked = (ClusterRoute)MemberwiseClone();
        linked.Mirror = mirror is null ? null : new RouteMirror(find(mirror.Service ?? own, mirror.Subset), mirror.Percent);
        linked._split = targets.IsEmpty ? null : new Split([.. targets.Select(target => target.Weight)]);
        linked._sticky = HashOn.IsEmpty || targets.IsEmpty ? null : new StickySplit(HashOn, targets, own);
        linked._backends = [.. targets.Select(target => Link(target, own, find))];
        return linked;
    }

    private static RouteBackend Link(BackendOptions target, string own, Func<string, EndpointSubset, Cluster?> find)
    {
        var service = target.Service ?? own;
        return find(service, target.Subset) is { } preferred
            ? new RouteBackend(service, [preferred, .. target.Fallbacks.Select(fallback => find(service, fallback)!)])
            : new RouteBackend(service, []);
    }
}
