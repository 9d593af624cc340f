namespace Mesh.Policy.Balancing;

/// <summary>
/// The one with the fewest calls in flight for its weight, of all; among equals any. It looks at each, so that it suits dozens of
/// endpoints and not thousands, and picks of many callers at once fall on the same one: <see cref="LeastRequestBalancer"/> does neither.
/// </summary>
internal sealed class LeastConnectionsBalancer(BalancingOptions options) : Balancer(options)
{
    private protected override int Choose(in PickScope scope, ref Rng rng)
    {
        var candidates = scope.Candidates;
        var best = -1;
        var least = double.MaxValue;
        var slot = rng.NextInt(candidates.Count);
        for (var i = 0; i < candidates.Count; i++)
        {
            var endpoint = candidates.At(slot);
            if (scope.IsUsable(endpoint) && (endpoint.Load.InFlight + 1.0) / endpoint.Model.Weight is var cost && cost < least)
            {
                (best, least) = (slot, cost);
            }

            slot = slot + 1 == candidates.Count ? 0 : slot + 1;
        }

        return best;
    }
}
