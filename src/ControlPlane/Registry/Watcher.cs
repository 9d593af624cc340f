using System.Runtime.CompilerServices;
using Mesh.ControlPlane.Signals;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// One who watches the registry: a bounded queue between the registry, which offers every change under its lock and
/// never waits, and one reader, which takes its time. When the reader falls behind, the queue is dropped, and a
/// snapshot comes in its place.
/// </summary>
internal sealed class Watcher : IDisposable
{
    private readonly ServiceRegistry _registry;
    private readonly HashSet<string>? _services;
    private readonly int _length;
    private readonly Signal _offered = new();
    private readonly Lock _lock = new();
    private readonly Queue<WatchResponse> _queue = new();
    private RegistryState? _restart;
    private bool _overflowed;

    /// <param name="registry">Whose changes it is offered.</param>
    /// <param name="services">Which services; null for all.</param>
    /// <param name="length">How many changes it may be behind.</param>
    public Watcher(ServiceRegistry registry, HashSet<string>? services, int length)
    {
        _registry = registry;
        _services = services;
        _length = length;
    }

    /// <summary>Queues a change, or drops the queue if it is full. Called in the order of revisions.</summary>
    public void Offer(WatchResponse change)
    {
        if (!Concerns(change))
            return;
        lock (_lock)
        {
            // From here to the restart nothing is queued: the snapshot will hold it.
            if (_overflowed)
                return;
            if (_queue.Count >= _length)
            {
                _queue.Clear();
                _overflowed = true;
            }
            else
            {
                _queue.Enqueue(change);
            }
        }
        _offered.Set();
    }

    /// <summary>Queues what a resuming watcher has missed, whatever its length: it is bounded by the change log.</summary>
    public void Replay(List<WatchResponse> changes)
    {
        lock (_lock)
        {
            foreach (var change in changes.Where(Concerns))
                _queue.Enqueue(change);
        }
        _offered.Set();
    }

    /// <summary>Begins again at a state; only changes after it are offered from now on.</summary>
    public void Restart(RegistryState state)
    {
        lock (_lock)
        {
            _queue.Clear();
            _overflowed = false;
            _restart = state;
        }
        _offered.Set();
    }

    /// <summary>What is to be sent, in order, until cancelled. One reader at a time.</summary>
    public async IAsyncEnumerable<WatchResponse> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            WatchResponse? change = null;
            RegistryState? restart;
            bool overflowed;
            lock (_lock)
            {
                overflowed = _overflowed;
                restart = _restart;
                _restart = null;
                if (restart is null)
                    _queue.TryDequeue(out change);
            }

            if (overflowed)
                _registry.Restart(this);
            else if (restart is not null)
            {
                // All of it, even if the queue overflows meanwhile: the parts of two snapshots must not mix.
                foreach (var part in SnapshotParts.Of(restart, _services))
                    yield return part;
            }
            else if (change is not null)
                yield return change;
            else
                await _offered.WaitAsync(cancellation);
        }
    }

    /// <summary>Is offered nothing any more.</summary>
    public void Dispose() => _registry.Remove(this);

    private bool Concerns(WatchResponse change) => _services is null || _services.Contains(change.Change.Instance.Service);
}
