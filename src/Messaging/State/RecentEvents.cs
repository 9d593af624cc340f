using Mesh.Messaging.Messages;

namespace Mesh.Messaging.State;

/// <summary>The newest events, so that those who read along do not each read the file. The writer adds, any thread reads.</summary>
internal sealed class RecentEvents
{
    private const int MostEvents = 4096;
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly Queue<StoredMessage> _events = new();
    private long _bytes;
    private StoredMessage[]? _all;

    public void Add(List<StoredMessage> events)
    {
        lock (_events)
        {
            _all = null;
            foreach (var added in events)
            {
                _events.Enqueue(added);
                _bytes += added.Message.Data.Length;
            }

            while (_events.Count > MostEvents || (_bytes > MostBytes && _events.Count > 1))
            {
                _bytes -= _events.Dequeue().Message.Data.Length;
            }
        }
    }

    public void Clear()
    {
        lock (_events)
        {
            _all = null;
            _events.Clear();
            _bytes = 0;
        }
    }

    /// <summary>All behind a sequence; null if some of them may be missing here.</summary>
    public ReadOnlyMemory<StoredMessage>? After(long sequence)
    {
        StoredMessage[] all;
        lock (_events)
        {
            all = _all ??= [.. _events];
        }

        // They have their numbers one behind the other.
        return all.Length == 0 || sequence < all[0].Sequence - 1
            ? (ReadOnlyMemory<StoredMessage>?)null
            : all.AsMemory((int)Math.Min(sequence - all[0].Sequence + 1, all.Length));
    }
}
