namespace Mesh.Policy.Balancing;

/// <summary>Any endpoint, by weight.</summary>
internal sealed class RandomBalancer(BalancingOptions options) : Balancer(options)
{
    // With half of the endpoints unusable one in 256 picks goes on to scan.
    private const int Tries = 8;

    private protected override int Choose(in PickScope scope, ref Rng rng)
    {
        for (var i = 0; i < Tries; i++)
        {
            var slot = scope.Candidates.Sample(ref rng);
            if (scope.IsUsable(scope.Candidates.At(slot)))
            {
                return slot;
            }
        }

        return -1;
    }
}
