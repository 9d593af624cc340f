using System.Collections.Frozen;
using Mesh.Policy;
using Mesh.Policy.Balancing;

namespace Mesh.Sidecar.Snapshot;

/// <summary>
/// All that a sidecar knows of the mesh at one moment; immutable, replaced whole. A request captures it once and keeps to
/// it.
/// </summary>
internal sealed class MeshSnapshot
{
    /// <summary>Nothing is known, and nothing else will be said.</summary>
    public static readonly MeshSnapshot Empty = new(0, [], isWhole: true);

    private readonly ClusterChoices _choices = new();
    private readonly FrozenDictionary<byte[], Cluster> _clusters;
    private readonly FrozenDictionary<byte[], Cluster>.AlternateLookup<ReadOnlySpan<byte>> _byBytes;

    /// <param name="version">Counts the snapshots of this process.</param>
    /// <param name="clusters">One per service.</param>
    /// <param name="isWhole">No service exists besides these (a static file), so that an unknown name is unknown for good.</param>
    /// <param name="outOfReach">Why no word of a name that is not here is to be expected; null if it is.</param>
    /// <param name="inbound">The app beside the sidecar; null if there is none.</param>
    /// <param name="former">The one before: what has not changed is not made again. Null if there is none.</param>
    public MeshSnapshot(
        long version, IEnumerable<Cluster> clusters, bool isWhole, string? outOfReach = null, Cluster? inbound = null, MeshSnapshot? former = null)
    {
        Inbound = inbound;
        Version = version;
        IsWhole = isWhole;
        OutOfReach = outOfReach;
        var unlinked = clusters.ToDictionary(c => c.Name, StringComparer.Ordinal);
        _clusters = unlinked.Values.Select(c => c.Linked(Choose)).ToFrozenDictionary(c => c.Key, Utf8Comparer.Instance);
        _byBytes = _clusters.GetAlternateLookup<ReadOnlySpan<byte>>();

        Cluster? Choose(string service, EndpointSubset subset) =>
            unlinked.TryGetValue(service, out var whole) ? _choices.Choose(whole, subset, former?._choices) : null;
    }

    /// <summary>Counts the snapshots of this process.</summary>
    public long Version { get; }

    /// <summary>Whether a name that is not here does not exist.</summary>
    public bool IsWhole { get; }

    /// <summary>
    /// Why the control plane cannot be asked of a name that is not here: waiting for its word is of no use. Null while it can.
    /// </summary>
    public string? OutOfReach { get; }

    /// <summary>Where the calls go that come in from others: the app beside the sidecar; null if there is none.</summary>
    public Cluster? Inbound { get; }

    /// <summary>All that are called by name, in no order.</summary>
    public IReadOnlyList<Cluster> Clusters => _clusters.Values;

    /// <summary>The choices of a service's endpoints that routes lead to, in no order.</summary>
    public IEnumerable<Cluster> ChoicesOf(Cluster service) => _choices.Of(service.Name);

    /// <summary>The cluster of a service, or null if nothing is known of it (yet). Who looks for one is about to call it.</summary>
    public Cluster? Find(ReadOnlySpan<byte> service)
    {
        if (!_byBytes.TryGetValue(service, out var cluster))
        {
            return null;
        }

        cluster.Use?.OnCalled();
        return cluster;
    }
}
