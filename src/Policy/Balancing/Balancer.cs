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
    private protected Balancer(BalancingOptions options) => Options = options;

    /// <summary>The options it was made with.</summary>
    public BalancingOptions Options { get; }

    /// <summary>Makes a balancer.</summary>
    /// <param name="options">Which, and its parameters.</param>
    /// <param name="start">Where round robin begins; any number, different on each sidecar so that they do not all
    /// begin with the same endpoint.</param>
    public static Balancer Create(BalancingOptions options, uint start = 0) => options.Kind switch
    {
        BalancerKind.RoundRobin => new RoundRobinBalancer(options, start),
        BalancerKind.Random => new RandomBalancer(options),
        BalancerKind.LeastRequest => new LeastRequestBalancer(options),
        _ => new PeakEwmaBalancer(options),
    };

    /// <summary>Picks an endpoint and acquires its breaker.</summary>
    /// <param name="set">The cluster's endpoints.</param>
    /// <param name="tried">Those this call has tried; avoided.</param>
    /// <param name="allowTried">Whether one of them may be used again when nothing else can.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="rng">The caller's randomness.</param>
    /// <param name="index">Into <see cref="EndpointSet.Endpoints"/>; -1 unless picked.</param>
    /// <param name="isProbe">Whether the attempt is a probe of the endpoint's breaker, to be reported with its result.</param>
    public PickResult Pick(
        EndpointSet set,
        ReadOnlySpan<EndpointState> tried,
        bool allowTried,
        long now,
        ref Rng rng,
        out int index,
        out bool isProbe)
    {
        if (set.CandidateCount == 0)
        {
            index = -1;
            isProbe = false;
            return set.Count == 0 ? PickResult.NoEndpoints : PickResult.NoneHealthy;
        }

        var slot = Choose(set, tried, now, ref rng);
        if (slot >= 0 && set.At(slot).Breaker.TryAcquire(now, out isProbe))
        {
            index = set.IndexOf(slot);
            return PickResult.Picked;
        }

        // Few or none can be used, or another loop took the last probe's slot in between.
        var start = rng.NextInt(set.CandidateCount);
        var result = Scan(set, tried, start, now, out index, out isProbe);
        return result == PickResult.AllTried && allowTried
            ? Scan(set, [], start, now, out index, out isProbe)
            : result;
    }

    /// <summary>The slot of a usable candidate found in O(1), or -1.</summary>
    private protected abstract int Choose(EndpointSet set, ReadOnlySpan<EndpointState> tried, long now, ref Rng rng);

    private protected static bool Usable(
        EndpointSet set, EndpointState endpoint, ReadOnlySpan<EndpointState> tried, long now)
        => (set.Panic || endpoint.Healthy) && !endpoint.Breaker.WouldReject(now) && !Contains(tried, endpoint);

    private static PickResult Scan(
        EndpointSet set, ReadOnlySpan<EndpointState> tried, int start, long now, out int index, out bool isProbe)
    {
        var result = PickResult.NoneHealthy;
        var slot = start;
        for (var i = 0; i < set.CandidateCount; i++)
        {
            var endpoint = set.At(slot);
            if (set.Panic || endpoint.Healthy)
            {
                if (endpoint.Breaker.WouldReject(now))
                {
                    result = result == PickResult.NoneHealthy ? PickResult.AllBroken : result;
                }
                else if (Contains(tried, endpoint))
                {
                    result = PickResult.AllTried;
                }
                else if (endpoint.Breaker.TryAcquire(now, out isProbe))
                {
                    index = set.IndexOf(slot);
                    return PickResult.Picked;
                }
                else
                {
                    result = result == PickResult.NoneHealthy ? PickResult.AllBroken : result;
                }
            }

            slot = slot + 1 == set.CandidateCount ? 0 : slot + 1;
        }

        index = -1;
        isProbe = false;
        return result;
    }

    // A handful at most: a call has at most ten attempts.
    private static bool Contains(ReadOnlySpan<EndpointState> tried, EndpointState endpoint)
    {
        foreach (var one in tried)
        {
            if (ReferenceEquals(one, endpoint))
            {
                return true;
            }
        }

        return false;
    }
}
