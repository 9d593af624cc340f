using Mesh.Policy.Balancing.Hashing;

namespace Mesh.Policy.Balancing;

/// <summary>
/// Picks an endpoint for an attempt. Holds nothing but its options and, for round robin, a position; any event loop may
/// call it. Keep it over snapshots whose options are the same.
/// </summary>
/// <remarks>
/// Endpoints whose breaker would reject are passed over while choosing; only the breaker of the one finally chosen is
/// asked to acquire, so that no probe's slot is taken in vain. Weights: round robin and random follow them; least request
/// and peak EWMA sample by them, so that load and latency still decide.
/// </remarks>
public abstract class Balancer
{
    // Of picks that fall on an endpoint which is warming up and are thrown again: one in 250 falls on it all the same where half are.
    private const int MostThrows = 8;

    private readonly bool _startsSlowly;

    private protected Balancer(BalancingOptions options)
    {
        Options = options;
        _startsSlowly = options.SlowStart.Window > TimeSpan.Zero;
    }

    /// <summary>The options it was made with.</summary>
    public BalancingOptions Options { get; }

    /// <summary>Where round robin began.</summary>
    public uint Start { get; private init; }

    /// <summary>Makes a balancer.</summary>
    /// <param name="options">Which, and its parameters.</param>
    /// <param name="start">Where round robin begins; any number, different on each sidecar so that they do not all
    /// begin with the same endpoint.</param>
    public static Balancer Create(BalancingOptions options, uint start = 0) => options.Kind switch
    {
        BalancerKind.RoundRobin => new RoundRobinBalancer(options, start) { Start = start },
        BalancerKind.Random => new RandomBalancer(options),
        BalancerKind.LeastRequest => new LeastRequestBalancer(options),
        BalancerKind.LeastConnections => new LeastConnectionsBalancer(options),
        BalancerKind.RingHash or BalancerKind.Maglev => new HashBalancer(options),
        _ => new PeakEwmaBalancer(options),
    };

    /// <summary>
    /// Computes what picks from a set need, before there are any: called by who makes the set. Otherwise the first pick does it.
    /// </summary>
    public virtual void Prepare(EndpointSet set)
    {
    }

    /// <summary>Picks an endpoint and acquires its breaker.</summary>
    /// <param name="set">The cluster's endpoints.</param>
    /// <param name="context">What the pick goes by.</param>
    /// <param name="rng">The caller's randomness.</param>
    /// <param name="pick">Whom, if the answer is <see cref="PickResult.Picked"/>.</param>
    public PickResult Pick(EndpointSet set, in PickContext context, ref Rng rng, out Pick pick)
    {
        var result = Find(set, context, ref rng, out var index, out var probe);
        pick = result == PickResult.Picked ? new Pick(set.Endpoints[index], index, probe, Options) : default;
        return result;
    }

    /// <summary>Whether a pick would find somebody now, tried or not; takes nothing.</summary>
    public static bool CanPick(EndpointSet set, long now)
    {
        var scope = new PickScope(set, set.Whole, new PickContext(now), ignoresHealth: true, ignoresRest: true);
        for (var slot = 0; slot < scope.Candidates.Count; slot++)
        {
            if (scope.IsUsable(scope.Candidates.At(slot)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The slot of a usable candidate found in O(1), or -1.</summary>
    private protected abstract int Choose(in PickScope scope, ref Rng rng);

    private PickResult Find(EndpointSet set, in PickContext context, ref Rng rng, out int index, out int probe)
    {
        var now = context.Now;
        var tier = set.ChooseTier(ref rng);
        if (!ReferenceEquals(tier, set.Whole) && TryChoose(new PickScope(set, tier, context), ref rng, out index, out probe))
        {
            return PickResult.Picked;
        }

        var scope = new PickScope(set, set.Whole, context);
        var candidates = scope.Candidates;
        if (candidates.Count == 0)
        {
            index = -1;
            probe = 0;
            return set.Count == 0 ? PickResult.NoEndpoints : PickResult.NoneHealthy;
        }

        if (TryChoose(scope, ref rng, out index, out probe))
        {
            return PickResult.Picked;
        }

        // Few or none can be used, or another loop took the last probe's slot in between.
        var start = rng.NextInt(candidates.Count);
        var result = Scan(scope, start, out index, out probe);

        // All have fallen ill since the set was built: the next one, which may not be far, is what decides on panic.
        var haveFallenIll = result == PickResult.NoneHealthy;
        if (haveFallenIll)
        {
            result = Scan(new PickScope(set, set.Whole, context, haveFallenIll), start, out index, out probe);
        }

        if (result is PickResult.AllTried or PickResult.TooLate && context is { MayRepeat: true, Tried.IsEmpty: false })
        {
            var again = new PickContext(now) { Rest = context.Rest };
            result = Scan(new PickScope(set, set.Whole, again, haveFallenIll), start, out index, out probe);
        }

        // Nobody is left who has not asked for a rest: better one of these than nobody.
        return result is PickResult.AllBroken or PickResult.TooLate
            ? Scan(new PickScope(set, set.Whole, context, haveFallenIll, ignoresRest: true), start, out index, out probe)
            : result;
    }

    private bool TryChoose(in PickScope scope, ref Rng rng, out int index, out int probe)
    {
        index = -1;
        probe = 0;
        if (scope.Candidates.Count == 0)
        {
            return false;
        }

        var slot = _startsSlowly ? ChooseWarm(scope, ref rng) : Choose(scope, ref rng);
        if (slot < 0 || !scope.TryAcquire(scope.Candidates.At(slot), out probe))
        {
            return false;
        }

        index = scope.Candidates.IndexOf(slot);
        return true;
    }

    // An endpoint that warms up refuses the part of its picks that it has no share for yet; where all do, the last one is taken.
    private int ChooseWarm(in PickScope scope, ref Rng rng)
    {
        var slot = -1;
        for (var i = 0; i < MostThrows; i++)
        {
            slot = Choose(scope, ref rng);
            if (slot < 0)
            {
                return slot;
            }

            var share = Options.SlowStart.Share(scope.Candidates.At(slot).WarmingSince, scope.Now);
            if (share >= 1 || rng.NextDouble() < share)
            {
                return slot;
            }
        }

        return slot;
    }

    private static PickResult Scan(in PickScope scope, int start, out int index, out int probe)
    {
        var candidates = scope.Candidates;
        var result = PickResult.NoneHealthy;
        var isTooLate = false;
        var slot = start < candidates.Count ? start : 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var endpoint = candidates.At(slot);
            if (scope.IsWell(endpoint))
            {
                if (!scope.LetsThrough(endpoint))
                {
                    result = result == PickResult.NoneHealthy ? PickResult.AllBroken : result;
                }
                else if (scope.IsTried(endpoint))
                {
                    result = PickResult.AllTried;
                }
                else if (!scope.IsInTime(endpoint))
                {
                    isTooLate = true;
                }
                else if (scope.TryAcquire(endpoint, out probe))
                {
                    index = candidates.IndexOf(slot);
                    return PickResult.Picked;
                }
                else
                {
                    result = result == PickResult.NoneHealthy ? PickResult.AllBroken : result;
                }
            }

            slot = slot + 1 == candidates.Count ? 0 : slot + 1;
        }

        index = -1;
        probe = 0;
        return isTooLate ? PickResult.TooLate : result;
    }
}
