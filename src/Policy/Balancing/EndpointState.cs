using Mesh.Policy.Breaking;

namespace Mesh.Policy.Balancing;

/// <summary>
/// What is known of one endpoint beyond a snapshot: made when its identity first appears, kept by every snapshot that has
/// it, shared by all event loops.
/// </summary>
public sealed class EndpointState(string id, CircuitBreaker breaker)
{
    private volatile int _weight = 100;
    private volatile bool _healthy = true;

    /// <summary>The instance's id.</summary>
    public string Id { get; } = id;

    /// <summary>Its breaker.</summary>
    public CircuitBreaker Breaker { get; } = breaker;

    /// <summary>Its load and latency.</summary>
    public EndpointLoad Load { get; } = new();

    /// <summary>
    /// Share of the calls relative to the others, 1 to 10000; default 100. Takes effect in the next
    /// <see cref="EndpointSet"/>.
    /// </summary>
    public int Weight
    {
        get => _weight;
        set => _weight = Math.Clamp(value, 1, 10_000);
    }

    /// <summary>
    /// Whether it may be picked; default true. Set by discovery, which then builds a new <see cref="EndpointSet"/>: an
    /// endpoint that falls ill is left alone at once, one that recovers is used from the next set on.
    /// </summary>
    public bool Healthy
    {
        get => _healthy;
        set => _healthy = value;
    }
}
