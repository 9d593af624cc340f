using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// The last changes, for watchers that resume. Their revisions follow each other without a gap. Used under the
/// registry's lock.
/// </summary>
internal sealed class ChangeLog(int length)
{
    private readonly WatchResponse[] _ring = new WatchResponse[length];
    private int _count;
    private int _next;

    public void Add(WatchResponse change)
    {
        _ring[_next] = change;
        _next = (_next + 1) % _ring.Length;
        _count = Math.Min(_count + 1, _ring.Length);
    }

    /// <summary>The changes after a revision up to the current one; null if they are not all remembered.</summary>
    public List<WatchResponse>? After(long revision, long current)
    {
        var missing = current - revision;
        if (missing < 0 || missing > _count)
            return null;
        var changes = new List<WatchResponse>((int)missing);
        for (var i = (int)missing; i > 0; i--)
            changes.Add(_ring[(_next - i + _ring.Length) % _ring.Length]);
        return changes;
    }
}
