using Mesh.Messaging.Delivering;

namespace Mesh.Messaging.State;

/// <summary>
/// Who has what until when. In memory only: the file says that a message is leased, and for how long; the time runs here, by a clock that nobody
/// sets, and anew after a restart. The writer's.
/// </summary>
internal sealed class Leases
{
    private readonly Dictionary<long, Held> _held = [];
    private readonly Dictionary<string, HashSet<long>> _ofHolder = [];

    // One for each lease at least: one that was extended is put off when it comes up.
    private readonly PriorityQueue<long, long> _ends = new();

    /// <summary>When the first may run out.</summary>
    public long? Next => _ends.TryPeek(out _, out var end) ? end : null;

    public void Add(in Entry entry, long end)
    {
        if (_held.TryGetValue(entry.Id, out var held) && held.Nonce == entry.Nonce)
        {
            _held[entry.Id] = held with { End = end };
            if (end < held.End)
            {
                _ends.Enqueue(entry.Id, end);
            }

            return;
        }

        Remove(entry.Id);
        _held[entry.Id] = new Held(entry.BacklogId, entry.Nonce!.Value, entry.Holder!, entry.Event, end);
        _ends.Enqueue(entry.Id, end);
        if (!_ofHolder.TryGetValue(entry.Holder!, out var ids))
        {
            _ofHolder.Add(entry.Holder!, ids = []);
        }

        ids.Add(entry.Id);
    }

    public void Remove(long id)
    {
        if (_held.Remove(id, out var held) && _ofHolder[held.Holder] is var ids && ids.Remove(id) && ids.Count == 0)
        {
            _ofHolder.Remove(held.Holder);
        }
    }

    /// <summary>Those that have run out, which stay until they are removed; who cannot remove them asks again.</summary>
    public List<long> FindEnded(long now, int count)
    {
        var ended = new List<long>();
        while (ended.Count < count && _ends.TryPeek(out var id, out var end) && end <= now)
        {
            _ends.Dequeue();
            if (!_held.TryGetValue(id, out var held))
            {
                continue;
            }

            if (held.End > now)
            {
                _ends.Enqueue(id, held.End);
            }
            else
            {
                ended.Add(id);
            }
        }

        return ended;
    }

    /// <summary>Those of them that have not begun anew go.</summary>
    public void RemoveEnded(List<long> ids, long now) =>
        ids.Where(id => _held.TryGetValue(id, out var held) && held.End <= now).ToList().ForEach(Remove);

    /// <summary>They did not go: they come up again.</summary>
    public void Restore(List<long> ended)
    {
        foreach (var id in ended)
        {
            if (_held.TryGetValue(id, out var held))
            {
                _ends.Enqueue(id, held.End);
            }
        }
    }

    /// <summary>Whether a lease that began here is this one's.</summary>
    public bool Knows(in Entry entry) => _held.TryGetValue(entry.Id, out var held) && held.Nonce == entry.Nonce;

    /// <summary>Whether a lease that began here has run out.</summary>
    public bool HasEnded(in Entry entry, long now) => _held.TryGetValue(entry.Id, out var held) && held.Nonce == entry.Nonce && held.End <= now;

    public IEnumerable<long> OfHolder(string holder) => _ofHolder.TryGetValue(holder, out var ids) ? ids : [];

    public List<long> OfBacklog(long backlog) => [.. _held.Where(held => held.Value.Backlog == backlog).Select(held => held.Key).Order()];

    /// <summary>The first event that somebody of a group has.</summary>
    public long? FirstEvent(long backlog) => _held.Values.Where(held => held.Backlog == backlog).Min(held => held.Event);

    private readonly record struct Held(long Backlog, long Nonce, string Holder, long? Event, long End);
}
