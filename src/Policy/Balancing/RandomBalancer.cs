namespace Mesh.Policy.Balancing;

/// <summary>Any endpoint, by weight.</summary>
internal sealed class RandomBalancer(BalancingOptions options) : Balancer(options)
{
    // With half of the endpoints unusable one in 256 picks goes on to scan.
    private const int Tries = 8;

    private protected override int Choose(EndpointSet set, ReadOnlySpan<EndpointState> tried, long now, ref Rng rng)
    {
        for (var i = 0; i < Tries; i++)
        {
            var slot = set.Sample(ref rng);
            if (Usable(set, set.At(slot), tried, now))
            {
                return slot;
            }
        }

        return -1;
    }
}
