using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Snapshot;

/// <summary>The snapshot that one loop goes by. Only the loop's thread may call it, apart from what is marked.</summary>
/// <param name="connections">Those of the loop: what a snapshot no longer has is closed.</param>
internal sealed class LoopSnapshot(LoopConnections connections)
{
    private volatile MeshSnapshot _current = MeshSnapshot.Empty;

    public WorkerLoop Worker => connections.Worker;

    /// <summary>What new calls go by. Any thread.</summary>
    public MeshSnapshot Current => _current;

    /// <summary>Raised when a snapshot has come into force, or something else has changed that is asked for.</summary>
    public event Action? Changed;

    /// <summary>Raised when a snapshot has come into force and what it no longer has is closed.</summary>
    public event Action? Replaced;

    /// <summary>Has everybody look again who waits for a change.</summary>
    public void TellChanged() => Changed?.Invoke();

    /// <summary>A new snapshot: what waited for it goes on, connections to endpoints that are gone close when idle.</summary>
    /// <param name="snapshot">In force from now on.</param>
    /// <param name="gone">Endpoints that no snapshot has any more.</param>
    public void Replace(MeshSnapshot snapshot, IReadOnlyList<Endpoint> gone)
    {
        _current = snapshot;
        TellChanged();
        foreach (var endpoint in gone)
        {
            connections.Retire(endpoint);
        }

        Replaced?.Invoke();
    }
}
