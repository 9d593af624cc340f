using Mesh.Policy.Calls;

namespace Mesh.Policy.Balancing;

/// <summary>What one pick goes by, from its beginning to its end, whatever changes meanwhile.</summary>
internal readonly ref struct PickScope
{
    private readonly Availability _availability;
    private readonly bool _ignoresHealth;
    private readonly bool _ignoresRest;
    private readonly long _rest;
    private readonly ReadOnlySpan<EndpointState> _tried;

    /// <param name="set">The cluster's endpoints.</param>
    /// <param name="tier">Those among them that are chosen among.</param>
    /// <param name="context">What the pick goes by.</param>
    /// <param name="ignoresHealth">Whether candidates that have fallen ill since the set was built are picked as well.</param>
    /// <param name="ignoresRest">Whether those that have asked to be left alone are picked as well.</param>
    public PickScope(EndpointSet set, EndpointTier tier, in PickContext context, bool ignoresHealth = false, bool ignoresRest = false)
    {
        _ignoresRest = ignoresRest;
        Set = set;
        Call = context.Call;
        _availability = tier.Availability;
        _ignoresHealth = ignoresHealth || _availability.IgnoresHealth;
        _tried = context.Tried;
        Candidates = tier.CandidatesFor(_availability);
        Now = context.Now;
        _rest = context.Rest;
    }

    public EndpointSet Set { get; }

    public Candidates Candidates { get; }

    /// <summary>Null where there is none.</summary>
    public CallFacts? Call { get; }

    public long Now { get; }

    /// <summary>The call has been at an endpoint before.</summary>
    public bool IsFurther => !_tried.IsEmpty;

    /// <summary>Whether it may be picked.</summary>
    public bool IsUsable(EndpointState endpoint) => IsWell(endpoint) && LetsThrough(endpoint) && !IsTried(endpoint) && IsInTime(endpoint);

    /// <summary>Whether health does not speak against it.</summary>
    public bool IsWell(EndpointState endpoint) => _ignoresHealth || endpoint.Model.IsHealthy;

    /// <summary>Whether neither its circuit nor its own word speaks against it.</summary>
    public bool LetsThrough(EndpointState endpoint) =>
        (_ignoresRest || !endpoint.IsResting(Now)) && (_availability.IgnoresCircuits || !endpoint.Breaker.WouldReject(Now));

    /// <summary>Whether it may answer in the time that is left.</summary>
    public bool IsInTime(EndpointState endpoint) => _rest == long.MaxValue || !endpoint.Load.Needed.IsBeyond(Now, _rest);

    /// <summary>Has its circuit let the call through; one that is ignored still gets its probes.</summary>
    public bool TryAcquire(EndpointState endpoint, out int probe) =>
        endpoint.Breaker.TryAcquire(Now, out probe) || _availability.IgnoresCircuits;

    // A handful at most: a call has at most ten attempts.
    public bool IsTried(EndpointState endpoint)
    {
        foreach (var one in _tried)
        {
            if (ReferenceEquals(one, endpoint))
            {
                return true;
            }
        }

        return false;
    }
}
