using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>Who watches, and what there is to see. Used under the registry's lock.</summary>
internal sealed class WatchFeed(RegistryOptions options)
{
    private readonly ChangeLog _changes = new(options.ChangeLogLength, options.ChangeLogBytes);
    private readonly HashSet<Watcher> _watchers = [];

    public int Count => _watchers.Count;

    /// <summary>Whether one more may.</summary>
    public bool TryAdd(Watcher watcher) => _watchers.Count < options.MaxWatchers && _watchers.Add(watcher);

    public void Remove(Watcher watcher) => _watchers.Remove(watcher);

    /// <summary>Everything is as of now, and what went before is known from a revision on: nothing yet.</summary>
    public void Begin(long oldest)
    {
        _changes.Begin(oldest);
        foreach (var watcher in _watchers)
            watcher.Restart();
    }

    /// <summary>In the order of revisions.</summary>
    public void Add(RegistryChange change)
    {
        _changes.Add(new WatchResponse { Change = change });
        foreach (var watcher in _watchers)
            watcher.Offer(change);
    }

    /// <inheritdoc cref="Watcher.Take"/>
    public List<WatchResponse>? Take(Watcher watcher, long revision) => watcher.Take(_changes, revision);
}
