using Mesh.ControlPlane.Signals;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// Carries changes from those who make them to the streams they concern. Noting one costs its maker no more than a set's
/// entry; a burst of changes to one service is passed on once.
/// </summary>
internal sealed class ChangeDispatcher : BackgroundService
{
    private readonly NodeStreams _streams;
    private readonly Signal _noted = new();
    private readonly Lock _lock = new();
    private HashSet<ResourceKey> _changed = [];

    public ChangeDispatcher(NodeStreams streams, ResourceKinds kinds)
    {
        _streams = streams;
        foreach (var kind in kinds.All)
        {
            kind.Watch(name => Note(new ResourceKey(kind, name)));
        }
    }

    /// <summary>Called with what has changed, once sidecars' streams are told; set once, before the first change.</summary>
    public Action<ResourceKey> Changed { get; set; } = static _ => { };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _noted.WaitAsync(stoppingToken);
            foreach (var key in TakeChanged())
            {
                _streams.MarkChanged(key);
                Changed(key);
            }
        }
    }

    private void Note(ResourceKey key)
    {
        lock (_lock)
        {
            _changed.Add(key);
        }

        _noted.Set();
    }

    private HashSet<ResourceKey> TakeChanged()
    {
        lock (_lock)
        {
            var changed = _changed;
            _changed = [];
            return changed;
        }
    }
}
