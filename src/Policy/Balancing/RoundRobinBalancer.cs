namespace Mesh.Policy.Balancing;

/// <summary>
/// Each endpoint in turn, in one rotation for all event loops. By weight each sits out so many rounds that its share is
/// its weight, evenly spread (<see cref="WeightTable.SitsOut"/>). One that cannot be used is passed over and the rotation
/// moves on, so that its share is spread over all others and not given to its neighbour. Further attempts of a call have a rotation of
/// their own: out of this one they would take the others' turns, and the endpoint that made them necessary would be the next one's first.
/// </summary>
internal sealed class RoundRobinBalancer(BalancingOptions options, uint start) : Balancer(options)
{
    private ulong _next = start;
    private ulong _nextAgain = start;

    private protected override int Choose(in PickScope scope, ref Rng rng)
    {
        ref var next = ref scope.IsFurther ? ref _nextAgain : ref _next;
        var seen = Volatile.Read(ref next);
        while (true)
        {
            var slot = Next(scope, seen, out var position);
            if (slot < 0)
            {
                return -1;
            }

            // One write a pick, however many were passed over.
            var before = Interlocked.CompareExchange(ref next, position + 1, seen);
            if (before == seen)
            {
                return slot;
            }

            seen = before;
        }
    }

    private static int Next(in PickScope scope, ulong position, out ulong found)
    {
        var count = (ulong)scope.Candidates.Count;
        var weights = scope.Candidates.Weights;

        // The heaviest sits out no round, so within one rotation a turn comes; the second is for when it is unusable.
        var end = position + (weights is null ? count : 2 * count);
        for (; position < end; position++)
        {
            var slot = (int)(position % count);
            if (weights is not null && weights.SitsOut(slot, position / count))
            {
                continue;
            }

            if (scope.IsUsable(scope.Candidates.At(slot)))
            {
                found = position;
                return slot;
            }
        }

        found = position;
        return -1;
    }
}
