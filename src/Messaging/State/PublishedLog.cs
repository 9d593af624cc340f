using Mesh.Messaging.Messages;

namespace Mesh.Messaging.State;

/// <summary>How far the log goes that is on the disk, for those who read it. The writer moves it on; any thread reads.</summary>
internal sealed class PublishedLog
{
    private readonly RecentEvents _recent = new();
    private readonly Signal _appended = new();
    private long _last;

    public long Last => Volatile.Read(ref _last);

    public void Begin(long last) => _last = last;

    public void Publish(List<StoredMessage> events)
    {
        if (events.Count != 0)
        {
            _recent.Add(events);
            Volatile.Write(ref _last, events[^1].Sequence);
            _appended.Raise();
        }
    }

    /// <summary>It goes that far, and what comes up to there is not kept in memory.</summary>
    public void Skip(long last)
    {
        _recent.Clear();
        Volatile.Write(ref _last, last);
        _appended.Raise();
    }

    /// <summary>All behind a sequence; null if they are to be read from the file.</summary>
    public ReadOnlyMemory<StoredMessage>? After(long sequence) => _recent.After(sequence);

    public async Task WaitAsync(long after, CancellationToken cancellation)
    {
        while (true)
        {
            var next = _appended.Next;
            if (Last > after)
            {
                return;
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
