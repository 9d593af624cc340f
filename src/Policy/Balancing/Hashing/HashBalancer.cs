namespace Mesh.Policy.Balancing.Hashing;

/// <summary>
/// Calls that hash alike go to the same endpoint for as long as it can be used, and then all to the same other one. A call without
/// anything to hash goes to any.
/// </summary>
internal sealed class HashBalancer(BalancingOptions options) : Balancer(options)
{
    // Where that many in a row cannot be used, any other will do.
    private const int MostSteps = 64;

    private readonly CallHash _hash = new(options.HashOn);
    private volatile HashTable? _last;

    /// <summary>Makes the table where nobody waits for it; one of the same endpoints is used again.</summary>
    public override void Prepare(EndpointSet set)
    {
        if (_last is not { } table || !table.IsOf(set.Endpoints))
        {
            table = Options.Kind == BalancerKind.Maglev ? new MaglevTable(set.Endpoints) : new HashRing(set.Endpoints);
            _last = table;
        }

        set.HashTable = table;
    }

    private protected override int Choose(in PickScope scope, ref Rng rng)
    {
        var candidates = scope.Candidates;
        if (scope.Call is not { } call || !_hash.TryGet(call, out var hash))
        {
            var any = candidates.Sample(ref rng);
            return scope.IsUsable(candidates.At(any)) ? any : -1;
        }

        if (scope.Set.HashTable is null)
        {
            Prepare(scope.Set);
        }

        var table = scope.Set.HashTable!;
        var place = 0;
        for (var step = 0; step < MostSteps; step++)
        {
            var slot = candidates.SlotOf(table.Find(hash, step, ref place));
            if (slot >= 0 && scope.IsUsable(candidates.At(slot)))
            {
                return slot;
            }
        }

        return -1;
    }
}
