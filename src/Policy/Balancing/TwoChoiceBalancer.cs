namespace Mesh.Policy.Balancing;

/// <summary>
/// The better of two picked at random (Mitzenmacher, "The power of two choices in randomized load balancing", 2001):
/// nearly as even as the best of all, at the cost of two look-ups whatever the number of endpoints, and without the herd
/// that follows a single best one.
/// </summary>
internal abstract class TwoChoiceBalancer(BalancingOptions options) : Balancer(options)
{
    // Where half of the endpoints cannot be used, two usable ones are found 24 times in 25; with one only, it is taken.
    private const int Tries = 8;

    private protected override int Choose(in PickScope scope, ref Rng rng)
    {
        var candidates = scope.Candidates;
        var now = scope.Now;
        var first = -1;
        var slot = candidates.Sample(ref rng);
        for (var i = 0; i < Tries; i++)
        {
            if (slot != first && candidates.At(slot) is var endpoint && scope.IsUsable(endpoint))
            {
                // Its breaker asks for a probe: its cost is still that of its failures and would keep it out for long.
                if (!endpoint.Breaker.IsClosed && !endpoint.Breaker.WouldReject(now))
                {
                    return slot;
                }

                if (first >= 0)
                {
                    return Cost(candidates.At(first), now) <= Cost(endpoint, now) ? first : slot;
                }

                first = slot;
            }

            // Of two endpoints the other sample is simply the other one.
            slot = candidates.Count == 2 ? 1 - slot : candidates.Sample(ref rng);
        }

        return first;
    }

    /// <summary>Lower is better.</summary>
    private protected abstract double Cost(EndpointState endpoint, long now);
}
