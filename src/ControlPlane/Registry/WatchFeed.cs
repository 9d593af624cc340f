using System.Runtime.InteropServices;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>Who watches, and what there is to see. Used under the registry's lock.</summary>
internal sealed class WatchFeed(RegistryOptions options)
{
    private readonly ChangeLog _changes = new(options.ChangeLogLength, options.ChangeLogBytes);
    private readonly HashSet<Watcher> _watchers = [];
    private readonly Dictionary<string, int> _byConnection = new(StringComparer.Ordinal);

    public int Count => _watchers.Count;

    /// <summary>Lets one more watch.</summary>
    /// <returns>Why it may not; null if it may.</returns>
    public string? Add(Watcher watcher)
    {
        if (_watchers.Count >= options.MaxWatchers)
        {
            return $"{_watchers.Count} watch the registry already, and no more may: close some of them";
        }

        var onConnection = _byConnection.GetValueOrDefault(watcher.Connection);
        if (onConnection >= options.MaxWatchersPerConnection)
        {
            return $"{onConnection} watches are open on this connection already, and no more may: watch several services with one, or close some";
        }

        _byConnection[watcher.Connection] = onConnection + 1;
        _watchers.Add(watcher);
        return null;
    }

    public void Remove(Watcher watcher)
    {
        if (_watchers.Remove(watcher) && --CollectionsMarshal.GetValueRefOrNullRef(_byConnection, watcher.Connection) == 0)
        {
            _byConnection.Remove(watcher.Connection);
        }
    }

    /// <summary>Everything is as of now, and what went before is known from a revision on: nothing yet.</summary>
    public void Begin(long oldest)
    {
        _changes.Begin(oldest);
        foreach (var watcher in _watchers)
        {
            watcher.Restart();
        }
    }

    /// <summary>In the order of revisions.</summary>
    public void Add(RegistryChange change)
    {
        _changes.Add(new WatchResponse { Change = change });
        foreach (var watcher in _watchers)
        {
            watcher.Offer(change);
        }
    }

    /// <inheritdoc cref="Watcher.Collect"/>
    public List<WatchResponse>? Collect(Watcher watcher, long revision) => watcher.Collect(_changes, revision);
}
