using Mesh.Policy.Breaking;
using Mesh.Policy.Deadlines;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Balancing;

/// <summary>
/// What is known of one endpoint beyond a snapshot: made when its identity first appears, kept by every snapshot that has
/// it, shared by all event loops.
/// </summary>
public sealed class EndpointState(string id, CircuitBreaker breaker)
{
    // All that a process that dies takes with it is told of within a moment; what is lost later is another event.
    private const long OneEvent = TimeSpan.TicksPerSecond;

    private long _lostAt = -OneEvent;
    private volatile EndpointModel _model = EndpointModel.Default;
    private long _warmingSince = long.MinValue / 2;
    private long _restsUntil;

    /// <summary>The instance's id.</summary>
    public string Id { get; } = id;

    /// <summary>Its breaker.</summary>
    public CircuitBreaker Breaker { get; } = breaker;

    /// <summary>Its load and latency.</summary>
    public EndpointLoad Load { get; } = new();

    /// <summary>When it came to others that were there before, or was well again, in ticks; long ago for those that were there at the beginning.</summary>
    public long WarmingSince
    {
        get => Volatile.Read(ref _warmingSince);
        set => Volatile.Write(ref _warmingSince, value);
    }

    /// <summary>Whether it has asked to be left alone for a time that is not over.</summary>
    public bool IsResting(long now) => now < Volatile.Read(ref _restsUntil);

    /// <summary>What discovery says of it. Discovery sets it, and then builds a new <see cref="EndpointSet"/>.</summary>
    public EndpointModel Model
    {
        get => _model;
        set => _model = value;
    }

    /// <summary>
    /// An attempt has ended: its place at the endpoint is given back, and load, latency and breaker take what it says. Exactly
    /// once for each that was let through.
    /// </summary>
    /// <param name="end">How it ended.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="options">How it was picked.</param>
    /// <param name="random">For the breaker's jitter.</param>
    public void OnAttemptEnded(in AttemptEnd end, long now, BalancingOptions options, ref Rng random)
    {
        var outcome = end.Outcome;
        var decay = options.EwmaDecay.Ticks;
        if (end.Rest > 0)
        {
            Rest(now + Math.Min(end.Rest, options.MaxRest.Ticks));
        }

        if (end.IsCallersTimeUp && CallersDeadline.Explains(outcome))
        {
            OnCallersTimeUp(end, now, decay, ref random);
            return;
        }

        var isFault = EndpointFault.IsOne(outcome, Breaker.Options);
        var saysNothing = !isFault && (outcome.NotProcessed || outcome.Source is OutcomeSource.Downstream or OutcomeSource.Mesh);
        if (saysNothing || (isFault && end.Probe == 0 && (end.IsToldAlready || IsLostAlike(end, now))))
        {
            LeaveUnjudged(end, now, decay);
            Breaker.OnAbandoned(now, end.Probe);
            return;
        }

        if (!isFault && !outcome.IsServerFault && outcome.Class == OutcomeClass.Failure)
        {
            Load.Declined(now, end.Latency, outcome.IsRateLimit, decay);
        }
        else
        {
            Load.Finished(now, end.Latency, !isFault && !outcome.IsServerFault, decay);
        }

        if (isFault)
        {
            Breaker.OnFailure(now, end.Probe, ref random, end.Started, outcome);
        }
        else if (outcome.IsLocalReply)
        {
            Breaker.OnAbandoned(now, end.Probe); // that its sidecar answers says nothing for the app either
        }
        else
        {
            Breaker.OnSuccess(now, end.Probe, end.Started);
        }
    }

    private void LeaveUnjudged(in AttemptEnd end, long now, long decay)
    {
        if (end.Outcome.Reason == OutcomeReason.RefusedStream)
        {
            Load.Refused(now, decay);
        }
        else if (end.Outcome.Reason == OutcomeReason.Lost && end is { IsSent: true, IsAnswered: false })
        {
            Load.CutShort(now, end.Latency, decay); // another was faster, by so much at least
        }
        else
        {
            Load.Abandoned();
        }
    }

    // The longest that was asked for: another loop's shorter one does not end it.
    private void Rest(long until)
    {
        var seen = Volatile.Read(ref _restsUntil);
        while (until > seen)
        {
            var before = Interlocked.CompareExchange(ref _restsUntil, until, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>
    /// Whether its connection went with another that counts already, as all do when a process dies: it was under way then. That a
    /// connection carries one call (HTTP/1.1), or that each loop has its own, makes no more of it.
    /// </summary>
    private bool IsLostAlike(in AttemptEnd end, long now)
    {
        if (end.Outcome.Reason != OutcomeReason.ConnectionLost)
        {
            return false;
        }

        var before = Volatile.Read(ref _lostAt);
        if (end.Started < before && now - before < OneEvent)
        {
            return true;
        }

        Volatile.Write(ref _lostAt, now); // two loops at once may both count theirs
        return false;
    }

    private void OnCallersTimeUp(in AttemptEnd end, long now, long decay, ref Rng random)
    {
        if (end.IsAnswered)
        {
            Load.Finished(now, end.Latency, success: true, decay);
            Breaker.OnSuccess(now, end.Probe, end.Started);
        }
        else if (end.IsSent && CallersDeadline.IsEndpointsFault(end.Latency, Load.Successes, Load.SlowestMicros))
        {
            Load.Finished(now, end.Latency, success: false, decay);
            Breaker.OnFailure(now, end.Probe, ref random, end.Started, end.Outcome);
        }
        else
        {
            Load.CutShort(now, end.IsSent ? end.Latency : 0, decay);
            Breaker.OnAbandoned(now, end.Probe);
        }
    }
}
