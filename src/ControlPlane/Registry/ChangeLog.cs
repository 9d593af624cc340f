using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// The last changes, in the order of their revisions, for all who watch: each reads on from where it is, so that nothing is
/// held for any of them. Bounded by number and by bytes. A service that has more than its share of a full log loses changes of
/// its own, so that one that never rests pushes out nobody else's. Used under the registry's lock.
/// </summary>
internal sealed class ChangeLog(int maxChanges, long maxBytes)
{
    // Of a full log, for one service.
    private const int Shares = 16;

    // More than half of the places, and these, are not left empty.
    private const int MostGaps = 64;

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, ServicePart> _services = new(StringComparer.Ordinal);
    private int _first;
    private int _count;
    private long _bytes;
    private long _oldest;
    private long _newestLost;

    /// <summary>Whether it has every change after a revision of these services; null: of all.</summary>
    public bool Reaches(long revision, IReadOnlySet<string>? services)
    {
        if (revision < _oldest)
        {
            return false;
        }

        return services is null
            ? revision >= _newestLost
            : services.All(name => !_services.TryGetValue(name, out var part) || revision >= part.NewestLost);
    }

    /// <summary>Empty, and complete from a revision on.</summary>
    public void Begin(long oldest)
    {
        _entries.Clear();
        _services.Clear();
        (_first, _count, _bytes, _oldest, _newestLost) = (0, 0, 0, oldest, oldest);
    }

    public void Add(WatchResponse change)
    {
        var bytes = change.CalculateSize();
        var name = change.Change.Instance.Service;
        if (!_services.TryGetValue(name, out var part))
        {
            _services.Add(name, part = new ServicePart());
        }

        part.Add(_entries.Count, bytes);
        _entries.Add(new Entry(change.Change.Revision, bytes, change));
        _count++;
        _bytes += bytes;
        while (_count > maxChanges || (_bytes > maxBytes && _count > 1))
        {
            if (part.Count > 1 && (part.Count > maxChanges / Shares || part.Bytes > maxBytes / Shares))
            {
                Forget(part);
            }
            else
            {
                ForgetOldest();
            }
        }

        if (_entries.Count > MostGaps + (2 * _count))
        {
            CloseUp();
        }
    }

    /// <summary>The first changes after a revision.</summary>
    /// <param name="revision">Which the log reaches, for those services that are looked at.</param>
    /// <param name="most">How many at most; all of a revision come together.</param>
    public List<WatchResponse> After(long revision, int most)
    {
        var changes = new List<WatchResponse>();
        for (var i = FirstAfter(revision); i < _entries.Count; i++)
        {
            if (_entries[i].Change is not { } change)
            {
                continue;
            }

            if (changes.Count >= most && change.Change.Revision != changes[^1].Change.Revision)
            {
                break;
            }

            changes.Add(change);
        }

        return changes;
    }

    private int FirstAfter(long revision)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Revision <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void ForgetOldest()
    {
        while (_entries[_first].Change is null)
        {
            _first++;
        }

        var name = _entries[_first].Change!.Change.Instance.Service;
        _oldest = _entries[_first].Revision;
        Forget(_services[name]);
        if (_services[name].Count == 0)
        {
            _services.Remove(name);
        }
    }

    private void Forget(ServicePart part)
    {
        var place = part.ForgetOldest();
        var entry = _entries[place];
        part.Lose(entry.Revision, entry.Bytes);
        _newestLost = Math.Max(_newestLost, entry.Revision);
        _entries[place] = entry with { Change = null };
        _count--;
        _bytes -= entry.Bytes;
    }

    // What was forgotten takes no place any more.
    private void CloseUp()
    {
        foreach (var part in _services.Values)
        {
            part.ForgetPlaces();
        }

        var kept = _entries.FindAll(static entry => entry.Change is not null);
        _entries.Clear();
        _first = 0;
        foreach (var entry in kept)
        {
            _services[entry.Change!.Change.Instance.Service].Place(_entries.Count);
            _entries.Add(entry);
        }
    }

    private readonly record struct Entry(long Revision, int Bytes, WatchResponse? Change);
}
