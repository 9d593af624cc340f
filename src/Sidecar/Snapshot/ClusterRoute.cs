using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Phases;

namespace Mesh.Sidecar.Snapshot;

/// <summary>A route with everything that a request needs of it resolved; immutable but for the budget it refers to.</summary>
internal sealed class ClusterRoute(string name, byte[]? redirect, TimeoutOptions timeouts, RetryOptions retry, RetryBudget budget, Phase[] phases)
{
    public string Name { get; } = name;

    /// <summary>The key of another service that takes the calls; null for the service itself.</summary>
    public byte[]? Redirect { get; } = redirect;

    /// <summary>The cluster of that service in the same snapshot; null if nothing is known of it, or there is no other.</summary>
    public Cluster? Backend { get; private init; }

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

    /// <summary>In ticks.</summary>
    public long ConnectTimeout { get; } = (timeouts.Connect ?? TimeSpan.FromSeconds(1)).Ticks;

    /// <summary>
    /// Whether an answer's code may lead to another attempt, so that its head is held back until a message or the
    /// trailers tell.
    /// </summary>
    public bool RetriesByCode { get; } = retry.MaxAttempts > 1 && retry.RetriableCodes != 0;

    /// <summary>The same route, which leads to this cluster.</summary>
    public ClusterRoute To(Cluster? backend) => new(Name, Redirect, Timeouts, Retry, Budget, Phases) { Backend = backend };
}
