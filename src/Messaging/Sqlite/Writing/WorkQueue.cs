namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>What waits for the writer, bounded. Any thread adds; the writer takes all that has gathered.</summary>
internal sealed class WorkQueue(string path, long maxBytes)
{
    // In one transaction: a rollback undoes no more, and nobody waits for long.
    private const int MostTogether = 1_000;
    private const long MostBytesTogether = 8 * 1024 * 1024;
    private const int MostWaiting = 100_000;

    // Those who were answered together ask again together: to take the first of them alone would cost all others a sync.
    private const int Yields = 16;

    private readonly object _gate = new();
    private readonly Queue<Work> _waiting = new();
    private long _bytes;
    private bool _isClosing;
    private bool _isTime;
    private int _lastCount;

    public void Add(Work work)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                work.Refuse(Refusals.Closing(path));
                return;
            }

            if (_bytes + work.Bytes > maxBytes || _waiting.Count >= MostWaiting)
            {
                work.Refuse(Refusals.TooMuchWaits(path, _waiting.Count, _bytes, MostWaiting, maxBytes));
                return;
            }

            _bytes += work.Bytes;
            _waiting.Enqueue(work);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>It is time for what happens by itself.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _isTime = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for something to do. Nothing in it: it is time.</summary>
    /// <returns>Null at the end.</returns>
    public List<Work>? Take()
    {
        WaitForOthers();
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isTime)
            {
                if (_isClosing)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }

            _isTime = false;
            var (works, bytes) = (new List<Work>(), 0L);
            while (works.Count < MostTogether && bytes < MostBytesTogether && _waiting.TryDequeue(out var work))
            {
                works.Add(work);
                bytes += work.Bytes;
            }

            _bytes -= bytes;
            _lastCount = works.Count;
            return works;
        }
    }

    private void WaitForOthers()
    {
        for (var i = 0; i < Yields && Volatile.Read(ref _lastCount) > 1; i++)
        {
            lock (_gate)
            {
                if (_waiting.Count >= _lastCount || _isClosing)
                {
                    return;
                }
            }

            Thread.Yield();
        }
    }
}
