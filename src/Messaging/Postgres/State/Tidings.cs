using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.State;

/// <summary>
/// What other engines are to be told, so that their consumers wake: gathered, since each word costs a transaction. A word that is lost with a process
/// loses nothing, the others look by themselves a little later. Any thread.
/// </summary>
internal sealed class Tidings
{
    // A notification has room for 8,000 bytes.
    private const int MostAtOnce = 300;

    private readonly HashSet<long> _ready = [];
    private readonly Signal _news = new();
    private bool _hasEvents;
    private bool _areBacklogsOther;
    private bool _isEnd;

    public Task Next => _news.Next;

    /// <summary>A queue or group has something ready.</summary>
    public void Ready(long backlog)
    {
        lock (_ready)
        {
            _ready.Add(backlog);
        }

        _news.Raise();
    }

    /// <summary>The log has more.</summary>
    public void Events() => Tell(ref _hasEvents);

    /// <summary>Queues or groups came, went or are configured otherwise.</summary>
    public void Backlogs() => Tell(ref _areBacklogsOther);

    /// <summary>This engine ends: its leases are without owner.</summary>
    public void End() => Tell(ref _isEnd);

    /// <returns>A line; null if there is nothing to tell.</returns>
    public string? Take()
    {
        lock (_ready)
        {
            var words = new List<string>();
            foreach (var (isSo, word) in new[] { (_hasEvents, "events"), (_areBacklogsOther, "backlogs"), (_isEnd, "end") })
            {
                if (isSo)
                {
                    words.Add(word);
                }
            }

            (_hasEvents, _areBacklogsOther, _isEnd) = (false, false, false);
            long[] ready = [.. _ready.Take(MostAtOnce)];
            _ready.ExceptWith(ready);
            words.AddRange(ready.Select(id => $"{id}"));
            return words.Count == 0 ? null : string.Join(' ', words);
        }
    }

    private void Tell(ref bool word)
    {
        lock (_ready)
        {
            word = true;
        }

        _news.Raise();
    }
}
