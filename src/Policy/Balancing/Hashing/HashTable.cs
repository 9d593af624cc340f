namespace Mesh.Policy.Balancing.Hashing;

/// <summary>
/// Where each hash leads among a cluster's endpoints, healthy or not, so that it does not change with anybody's health. Depends on their
/// ids and weights alone: every sidecar makes the same. Immutable, any thread.
/// </summary>
internal abstract class HashTable
{
    private readonly string[] _ids;
    private readonly int[] _weights;

    private protected HashTable(ReadOnlySpan<EndpointState> endpoints)
    {
        _ids = new string[endpoints.Length];
        _weights = new int[endpoints.Length];
        for (var i = 0; i < endpoints.Length; i++)
        {
            _ids[i] = endpoints[i].Id;
            _weights[i] = endpoints[i].Model.Weight;
        }
    }

    private protected string[] Ids => _ids;

    private protected int[] Weights => _weights;

    /// <summary>Whether it is the table of these endpoints, in this order.</summary>
    public bool IsOf(ReadOnlySpan<EndpointState> endpoints)
    {
        if (endpoints.Length != _ids.Length)
        {
            return false;
        }

        for (var i = 0; i < endpoints.Length; i++)
        {
            if (endpoints[i].Id != _ids[i] || endpoints[i].Model.Weight != _weights[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where a hash leads, and where it does if that cannot be used, and so on.</summary>
    /// <param name="hash">Of the call.</param>
    /// <param name="step">0, 1, 2 …; the same endpoint may come more than once.</param>
    /// <param name="place">Kept from step to step by who asks.</param>
    /// <returns>An index into the endpoints.</returns>
    public abstract int Find(ulong hash, int step, ref int place);
}
