namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// What concerns one thing (a queue's messages, the log) goes one transaction after the other: each takes all that has gathered while the one before it
/// was written. So a lone request is written at once, and many share a commit. Any thread adds; nothing runs while there is nothing to do.
/// </summary>
/// <param name="run">Makes the transaction and answers all; throws nothing.</param>
internal sealed class Lane<T>(Func<List<T>, Task> run)
    where T : Work
{
    // In one transaction: others wait for it.
    private const int MostTogether = 1_000;
    private const long MostBytesTogether = 8 * 1024 * 1024;

    private readonly Queue<T> _waiting = new();
    private bool _isRunning;

    public void Add(T work)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(work);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (Take() is { } works)
        {
            await run(works).ConfigureAwait(false);
        }
    }

    private List<T>? Take()
    {
        lock (_waiting)
        {
            if (_waiting.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            var (works, bytes) = (new List<T>(), 0L);
            while (works.Count < MostTogether && bytes < MostBytesTogether && _waiting.TryDequeue(out var work))
            {
                works.Add(work);
                bytes += work.Bytes;
            }

            return works;
        }
    }
}
