using Google.Protobuf;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Batches that can be one transaction, so one revision: none changes a key that another one changes or has a condition on,
/// and together they are within etcd's bounds. One alone always can. Pure but for what it gathers.
/// </summary>
internal sealed class EtcdTogether
{
    private const int MostConditions = 100;

    private readonly HashSet<ByteString> _changed = [];
    private readonly HashSet<ByteString> _conditions = [];
    private int _operations;
    private int _bytes;

    public List<EtcdAppend> Appends { get; } = [];

    /// <summary>Adds one if it fits to those that are there.</summary>
    public bool TryAdd(EtcdAppend append)
    {
        if (Appends.Count != 0 && !Fits(append))
        {
            return false;
        }

        Appends.Add(append);
        _operations += append.Changes.Count;
        _bytes += append.Bytes;
        _changed.UnionWith(append.Changes.Select(change => change.Key));
        _conditions.UnionWith(append.Conditions);
        return true;
    }

    private bool Fits(EtcdAppend append) =>
        _operations + append.Changes.Count <= EtcdRequests.MostOperations
        && _bytes + append.Bytes <= EtcdValues.MostBytes
        && _conditions.Count + append.Conditions.Count <= MostConditions
        && !append.Changes.Any(change => _changed.Contains(change.Key) || _conditions.Contains(change.Key))
        && !append.Conditions.Any(_changed.Contains);
}
