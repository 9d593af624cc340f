using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;

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

    /// <summary>
    /// An attempt has ended: its place at the endpoint is given back, and load, latency and breaker take what it says. Exactly
    /// once for each that was let through.
    /// </summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="isBlamed">Whether that counts against the endpoint.</param>
    /// <param name="isProbe">Of a breaker that is half open.</param>
    /// <param name="started">When it was let through, in ticks.</param>
    /// <param name="latency">Until the answer's head, or the end if there was none, in ticks.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="decay"><see cref="BalancingOptions.EwmaDecay"/>, in ticks.</param>
    /// <param name="random">For the breaker's jitter.</param>
    public void OnAttemptEnded(
        in Outcome outcome, bool isBlamed, bool isProbe, long started, long latency, long now, long decay, ref Rng random)
    {
        if (!isBlamed && (outcome.NotProcessed || outcome.Source is OutcomeSource.Downstream or OutcomeSource.Mesh))
        {
            Load.Abandoned(); // it says nothing of the endpoint
            Breaker.OnAbandoned(isProbe);
            return;
        }

        Load.Finished(now, latency, !isBlamed, decay);
        if (isBlamed)
        {
            Breaker.OnFailure(now, isProbe, ref random, started);
        }
        else
        {
            Breaker.OnSuccess(now, isProbe, started);
        }
    }
}
