using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// The last changes, in the order of their revisions, for all who watch: each reads on from where it is, so that nothing is
/// held for any of them. Bounded by number and by bytes. Used under the registry's lock.
/// </summary>
internal sealed class ChangeLog(int maxChanges, long maxBytes)
{
    private (WatchResponse Change, int Bytes)[] _ring = new (WatchResponse, int)[16];
    private int _first;
    private int _count;
    private long _bytes;

    /// <summary>It has every change after this revision.</summary>
    public long Oldest { get; private set; }

    /// <summary>Empty, and complete from a revision on.</summary>
    public void Begin(long oldest)
    {
        Array.Clear(_ring);
        (_first, _count, _bytes, Oldest) = (0, 0, 0, oldest);
    }

    public void Add(WatchResponse change)
    {
        if (_count == _ring.Length)
            Grow();
        var bytes = change.CalculateSize();
        _ring[(_first + _count) % _ring.Length] = (change, bytes);
        _count++;
        _bytes += bytes;
        while (_count > maxChanges || (_bytes > maxBytes && _count > 1))
            Forget();
    }

    /// <summary>The first changes after a revision that it reaches back to.</summary>
    /// <param name="revision">Not below <see cref="Oldest"/>.</param>
    /// <param name="most">How many at most; all of a revision come together.</param>
    public List<WatchResponse> After(long revision, int most)
    {
        var changes = new List<WatchResponse>();
        for (var i = FirstAfter(revision); i < _count; i++)
        {
            var change = At(i);
            if (changes.Count >= most && change.Change.Revision != changes[^1].Change.Revision)
                break;
            changes.Add(change);
        }
        return changes;
    }

    private int FirstAfter(long revision)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Change.Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private WatchResponse At(int index) => _ring[(_first + index) % _ring.Length].Change;

    private void Forget()
    {
        var (change, bytes) = _ring[_first];
        _ring[_first] = default;
        _first = (_first + 1) % _ring.Length;
        _count--;
        _bytes -= bytes;
        Oldest = change.Change.Revision;
    }

    private void Grow()
    {
        var larger = new (WatchResponse, int)[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = _ring[(_first + i) % _ring.Length];
        (_ring, _first) = (larger, 0);
    }
}
