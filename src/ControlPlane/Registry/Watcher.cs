using System.Runtime.CompilerServices;
using Mesh.ControlPlane.Signals;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// One who watches the registry: a place in the change log that all share, and one reader, which takes its time. The registry
/// never waits for it and holds nothing for it; when the log does not reach back to its place, it is sent a snapshot.
/// </summary>
internal sealed class Watcher : IDisposable
{
    // Few, so that what a slow reader has taken is little.
    private const int ChangesAtOnce = 64;

    private readonly ServiceRegistry _registry;
    private readonly HashSet<string>? _services;
    private readonly Signal _news = new();
    private long _seen;
    private long _newest;

    /// <param name="registry">Whose changes it is told.</param>
    /// <param name="services">Which services; null for all.</param>
    /// <param name="seen">What it has seen; 0 begins with a snapshot.</param>
    /// <param name="connection">Which connection it came on.</param>
    public Watcher(ServiceRegistry registry, HashSet<string>? services, long seen, string connection)
    {
        Connection = connection;
        _registry = registry;
        _services = services;
        _seen = seen;
        _newest = long.MaxValue;
    }

    /// <summary>Which connection it came on.</summary>
    public string Connection { get; }

    /// <summary>It has been sent something before. Under the registry's lock.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>It has seen all that is for it. Under the registry's lock.</summary>
    public bool IsUpToDate => _newest <= _seen;

    /// <summary>There is a change in the log. Under the registry's lock, in the order of revisions.</summary>
    public void Offer(RegistryChange change)
    {
        if (!Concerns(change))
        {
            return;
        }

        _newest = change.Revision;
        _news.Set();
    }

    /// <summary>Everything has changed. Under the registry's lock.</summary>
    public void Restart()
    {
        _seen = 0;
        _newest = long.MaxValue;
        _news.Set();
    }

    /// <summary>What comes next. Under the registry's lock.</summary>
    /// <returns>Changes, possibly none; null if a snapshot is due.</returns>
    public List<WatchResponse>? Collect(ChangeLog log, long revision)
    {
        if (_seen == 0 || _seen > revision)
        {
            return null;
        }

        if (IsUpToDate)
        {
            // Whatever the log has lost meanwhile was not for it.
            _seen = revision;
            return [];
        }

        if (!log.Reaches(_seen, _services))
        {
            return null;
        }

        HasBegun = true;
        var changes = log.After(_seen, ChangesAtOnce);
        _seen = changes.Count == 0 ? revision : changes[^1].Change.Revision;
        if (changes.Count == 0)
        {
            _newest = revision;
        }

        return [.. changes.Where(response => Concerns(response.Change))];
    }

    /// <summary>It is going to be sent everything at a revision. Under the registry's lock.</summary>
    public void Begin(long revision)
    {
        HasBegun = true;
        _seen = revision;
        _newest = revision;
    }

    /// <summary>What is to be sent, in order, until cancelled. One reader at a time.</summary>
    public async IAsyncEnumerable<WatchResponse> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_registry.Next(this, out var restart, out var isUpToDate) is { } changes)
            {
                foreach (var change in changes)
                {
                    yield return change;
                }
            }
            else
            {
                // All of it, even if much changes meanwhile: the parts of two snapshots must not mix.
                foreach (var part in _registry.Snapshot(restart!, _services))
                {
                    yield return part;
                }
            }

            if (isUpToDate)
            {
                await _news.WaitAsync(cancellation);
            }
        }
    }

    /// <summary>Is offered nothing any more.</summary>
    public void Dispose() => _registry.Remove(this);

    private bool Concerns(RegistryChange change) => _services is null || _services.Contains(change.Instance.Service);
}
