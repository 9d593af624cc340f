using Microsoft.Data.Sqlite;

namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>
/// A file that survives the process, and whatever was acknowledged a power cut. One thread has the file: it makes all that waits
/// for it in one transaction, so a lone change is made at once and a thousand cost as many syncs as fit into that time. Those
/// who watch are told on that thread, before those who appended are answered.
/// </summary>
internal sealed class SqliteStore : IStore
{
    // Of batches that are made in one transaction: a rollback undoes no more, and nobody waits for long.
    private const int MostTogether = 1000;

    // What waits is in memory.
    private const long MostWaiting = 256 * 1024 * 1024;

    // So much more than it has to keep the log may have before it is cut: cutting costs a transaction's time.
    private const double Slack = 1.25;

    // A store that takes no writes is tried so often, even if nobody wants to write.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<SqliteStore> _log;
    private readonly object _gate = new();
    private readonly Queue<SqliteWork> _waiting = new();
    private readonly List<StoreWatch> _watches = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LocalSessions _sessions;
    private long _bytesWaiting;
    private bool _isStarted;
    private bool _isClosing;
    private volatile string? _fault;

    // The writer's own.
    private FileStream? _lock;
    private SqliteTables? _tables;
    private string _id = "";
    private long _revision;
    private long _oldest;
    private long _logRevisions;
    private long _logBytes;

    /// <param name="path">Of the database's file.</param>
    /// <param name="options">How much of the log it keeps.</param>
    /// <param name="time">When a new history begins.</param>
    /// <param name="log">Told when it takes no writes any more, and when it does again.</param>
    public SqliteStore(string path, StoreOptions options, TimeProvider time, ILogger<SqliteStore> log)
    {
        // Not what SQLite makes of names such as ":memory:".
        _path = System.IO.Path.GetFullPath(path);
        _options = options;
        _time = time;
        _log = log;
        _sessions = new LocalSessions(this);
    }

    public string? Fault => _fault;

    public bool IsShared => false;

    public Task<StoreSnapshot> LoadAsync(CancellationToken cancellation) =>
        Ask(() => new StoreSnapshot(_id, _revision, _oldest, _tables!.Entries()));

    public Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation) => Ask(() => _tables!.Find(key));

    public Task<AppendResult> AppendAsync(Batch batch)
    {
        var append = new SqliteAppend(batch);
        Enqueue(append);
        return append.Done.Task;
    }

    public IDisposable Watch(string storeId, long after, Action<StoreEvent> onEvent)
    {
        var watch = new StoreWatch(onEvent, Forget);
        _ = Ask(() =>
        {
            if (storeId != _id || after > _revision)
            {
                watch.Add(new StoreEvent.NewHistory(_id));
            }
            else if (after < _oldest)
            {
                watch.Add(new StoreEvent.Compacted(_oldest));
            }
            else
            {
                if (_tables!.After(after) is { Count: > 0 } missed)
                {
                    watch.Add(new StoreEvent.Made(missed));
                }

                lock (_watches)
                {
                    _watches.Add(watch);
                }
            }

            watch.Deliver();
            return true;
        });
        return watch;
    }

    public Task CompactAsync(long before) => Ask(() =>
    {
        InTransaction(() => Cut(Math.Min(before, _revision)));
        return true;
    });

    public Task<StoreSession> OpenSessionAsync(string name, byte[] value, TimeSpan ttl, CancellationToken cancellation) => _sessions.OpenAsync(name, value);

    public Task RetainAsync(Precondition token) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_isStarted)
            {
                _ended.TrySetResult();
            }

            _isClosing = true;
            Monitor.Pulse(_gate);
        }

        await _ended.Task;
    }

    private Task<T> Ask<T>(Func<T> question)
    {
        var ask = new SqliteQuestion<T>(question);
        Enqueue(ask);
        return ask.Done.Task;
    }

    private void Enqueue(SqliteWork work)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                work.Fail(new StoreException(StoreFault.Unavailable, "the control plane is going down"));
                return;
            }

            if (_bytesWaiting + work.Bytes > MostWaiting)
            {
                work.Fail(new StoreException(StoreFault.Unavailable, $"{_path}: more waits to be written than may; try again later"));
                return;
            }

            _bytesWaiting += work.Bytes;
            _waiting.Enqueue(work);
            if (!_isStarted)
            {
                _isStarted = true;
                new Thread(Run) { IsBackground = true, Name = "store" }.Start();
            }

            Monitor.Pulse(_gate);
        }
    }

    // From here on all is the writer's.

    private void Run()
    {
        while (Take() is { } works)
        {
            if (Attempt(Open) is { } closed)
            {
                works.ForEach(work => work.Fail(closed));
            }
            else if (works.Count == 0)
            {
                AttemptToWrite(_tables!.Touch);
            }
            else if (works[0] is SqliteAppend)
            {
                Make([.. works.Cast<SqliteAppend>()]);
            }
            else
            {
                Answer((SqliteQuestion)works[0]);
            }
        }

        try
        {
            _tables?.Dispose();
            _lock?.Dispose();
        }
        catch (SqliteException)
        {
            // What was acknowledged is in the file.
        }

        _ended.TrySetResult();
    }

    /// <summary>What is to be done next: batches as many as wait, or one other thing; nothing if it is time to try again.</summary>
    /// <returns>Null at the end.</returns>
    private List<SqliteWork>? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_isClosing)
                {
                    return null;
                }

                if (!Monitor.Wait(_gate, _fault is null ? Timeout.InfiniteTimeSpan : Retry) && _fault is not null)
                {
                    return [];
                }
            }

            var works = new List<SqliteWork>();
            do
            {
                works.Add(_waiting.Dequeue());
                _bytesWaiting -= works[^1].Bytes;
            }
            while (works[0] is SqliteAppend && works.Count < MostTogether && _waiting.TryPeek(out var next) && next is SqliteAppend);
            return works;
        }
    }

    private void Answer(SqliteQuestion question)
    {
        if (Attempt(question.Run) is { } refused)
        {
            question.Fail(refused);
        }
    }

    private void Open()
    {
        if (_tables is not null)
        {
            return;
        }

        var folder = System.IO.Path.GetDirectoryName(_path);
        if (Directory.Exists(folder) && !Directory.Exists(_path))
        {
            _lock ??= SqliteFileLock.Acquire(_path);
        }

        _tables = new SqliteTables(SqliteFile.Open(_path, _time));
        _id = _tables.StoreId;
        _oldest = _tables.Oldest;
        _revision = _tables.Revision;
        _logRevisions = _tables.LogRevisions;
        _logBytes = _tables.LogBytes;
        if (_options.MaxBytes is { } max)
        {
            _tables.Limit(max);
        }
    }

    private void Make(List<SqliteAppend> appends)
    {
        var before = _revision;
        var results = new List<AppendResult>(appends.Count);
        var made = new List<StoreRevision>(appends.Count);
        var failure = AttemptToWrite(() =>
        {
            foreach (var append in appends)
            {
                results.Add(Make(append.Batch, made));
            }
        });
        if (failure is not null)
        {
            _revision = before;
            // One that is too large must not fail the others.
            if (appends.Count > 1 && failure.Fault == StoreFault.Full)
            {
                appends.ForEach(append => Make([append]));
            }
            else
            {
                appends.ForEach(append => append.Fail(failure));
            }

            return;
        }

        _logRevisions += made.Count;
        _logBytes += made.Sum(RevisionLog.BytesOf);
        if (made.Count != 0)
        {
            Tell(made);
        }

        for (var i = 0; i < appends.Count; i++)
        {
            appends[i].Done.TrySetResult(results[i]);
        }

        CutIfLong();
    }

    private AppendResult Make(Batch batch, List<StoreRevision> made)
    {
        if (_tables!.RevisionOf(batch.Id) is { } done)
        {
            return AppendResult.Applied(done);
        }

        foreach (var (key, expected) in batch.Preconditions)
        {
            var holds = _tables.RevisionOf(key);
            if (holds != expected)
            {
                return AppendResult.Conflicting(_revision, key, holds);
            }
        }

        _tables.Make(batch, ++_revision);
        made.Add(new StoreRevision(_revision, batch.Changes));
        return AppendResult.Applied(_revision);
    }

    private void Tell(List<StoreRevision> made)
    {
        StoreWatch[] watches;
        lock (_watches)
        {
            watches = [.. _watches];
        }

        var news = new StoreEvent.Made(made);
        foreach (var watch in watches)
        {
            watch.Add(news);
            watch.Deliver();
        }
    }

    private void CutIfLong()
    {
        // A fifth of either is the slack again.
        if (_logRevisions > _options.LogRevisions * Slack)
        {
            CutOldest(_logRevisions - _options.LogRevisions);
        }
        else if (_logBytes > _options.LogBytes * Slack)
        {
            CutOldest(Math.Max(1, _logRevisions / 5));
        }
    }

    private void CutOldest(long revisions)
    {
        // The last one stays, as it tells where the clock stands.
        if (_tables!.Nth(Math.Min(revisions, _logRevisions - 1)) is { } before)
        {
            AttemptToWrite(() => Cut(before));
        }
    }

    private void Cut(long before)
    {
        _tables!.Compact(before);
        _oldest = Math.Max(_oldest, before);
        _logRevisions = _tables.LogRevisions;
        _logBytes = _tables.LogBytes;
    }

    private void InTransaction(Action action)
    {
        try
        {
            _tables!.Begin();
            action();
            _tables.Commit();
        }
        catch
        {
            _tables!.Rollback();
            throw;
        }
    }

    /// <returns>Why it could not be done; null if it was.</returns>
    private StoreException? Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (StoreException refused)
        {
            return refused;
        }
        catch (SqliteException refused)
        {
            return Refuse(SqliteFaults.Of(_path, refused));
        }

        // This thread has the file: whatever else goes wrong must not end it.
        catch (Exception other)
        {
            return Refuse(new StoreException(StoreFault.Unavailable, $"{_path}: {other.Message.ReplaceLineEndings(" ")}", other));
        }

        return null;
    }

    private StoreException? AttemptToWrite(Action action)
    {
        if (Attempt(() => InTransaction(action)) is { } refused)
        {
            return refused;
        }

        if (_fault is not null)
        {
            _log.LogInformation("the store takes writes again");
        }

        _fault = null;
        return null;
    }

    private StoreException Refuse(StoreException fault)
    {
        if (_fault != fault.Message)
        {
            _log.LogError("the store takes no writes: {Fault}; what is known is served on", fault.Message);
        }

        _fault = fault.Message;
        return fault;
    }

    private void Forget(StoreWatch watch)
    {
        lock (_watches)
        {
            _watches.Remove(watch);
        }
    }
}
