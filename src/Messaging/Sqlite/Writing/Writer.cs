using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>
/// The one thread that writes. It makes all that waits in one transaction, so that a lone message is written at once, and a thousand cost as
/// many syncs as fit into that time; each is answered when its transaction is on the disk.
/// </summary>
internal sealed class Writer
{
    // A file that takes no writes is tried so often, even if nobody wants to write.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    // How often it is looked whether the file has become too large.
    private static readonly TimeSpan Tidy = TimeSpan.FromSeconds(10);

    // In milliseconds.
    private const long Breath = 20;

    private readonly string _path;
    private readonly Desk _desk;
    private readonly EngineClock _clock;
    private readonly WorkQueue _queue;
    private readonly Checkpoints _checkpoints;
    private readonly Action<string> _report;
    private readonly ITimer _timer;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _probe;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _tidyAt;
    private volatile string? _fault;

    public Writer(string path, Desk desk, EngineClock clock, TimeProvider time, WorkQueue queue, Checkpoints checkpoints, Action<string> report)
    {
        _path = path;
        _desk = desk;
        _clock = clock;
        _queue = queue;
        _checkpoints = checkpoints;
        _report = report;
        _begin = desk.Tables.Database.Prepare("BEGIN");
        _commit = desk.Tables.Database.Prepare("COMMIT");
        _probe = desk.Tables.Database.Prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', zeroblob(65536))");
        _timer = time.CreateTimer(_ => queue.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _tidyAt = clock.Now;
        queue.Wake();
        new Thread(Run) { IsBackground = true, Name = "messages" }.Start();
    }

    public string? Fault => _fault;

    /// <summary>Completes when all that was waiting is done.</summary>
    public Task Ended => _ended.Task;

    private void Run()
    {
        while (_queue.Take() is { } works)
        {
            Make(works);
            if (_fault is null && _clock.Now >= _tidyAt)
            {
                TidyUp();
            }

            _checkpoints.AfterCommit();
            SetTimer();
        }

        _timer.Dispose();
        _desk.Tables.Database.Dispose();
        _ended.TrySetResult();
    }

    private void Make(List<Work> works)
    {
        // Whether there is room again is shown by writing something of some size.
        if (_fault is not null && Attempt(Probe, out _) is null)
        {
            Set(null);
        }

        if (works.Exists(work => work.Grows) && Attempt(_desk.Room.WhyNot, out var noRoom) is null && noRoom is not null)
        {
            works.Where(work => work.Grows).ToList().ForEach(work => work.Refuse(noRoom));
            works.RemoveAll(work => work.Grows);
        }

        if (Commit(works, isSweeping: true) is not { } fault)
        {
            return;
        }

        // What is only asked, and what is done with, wants little room or none.
        works.Where(work => work.Grows || !fault.IsFull).ToList().ForEach(work => work.Refuse(RefusalOf(fault)));
        foreach (var work in works.Where(work => !work.Grows && fault.IsFull))
        {
            if (Commit([work], isSweeping: false) is { } again)
            {
                work.Refuse(RefusalOf(again));
            }
        }
    }

    private bool Probe()
    {
        _probe.Run();
        return true;
    }

    /// <summary>Runs what is asked for in one transaction, and answers it.</summary>
    /// <returns>Null if it is on the disk; else why nothing of it was done, and nobody has been answered.</returns>
    private SqliteFault? Commit(List<Work> works, bool isSweeping)
    {
        var turn = new Turn(_clock.Now, _clock.Wall);
        var isDone = new bool[works.Count];
        var fault = InTransaction(turn, () =>
        {
            if (isSweeping)
            {
                _desk.Sweep.Run(turn);
            }

            for (var i = 0; i < isDone.Length; i++)
            {
                isDone[i] = works[i].Run(turn);
            }

            return true;
        });
        if (fault is not null)
        {
            return fault;
        }

        for (var i = 0; i < isDone.Length; i++)
        {
            if (isDone[i])
            {
                works[i].Answer();
            }
            else
            {
                _queue.Add(works[i]);
            }
        }

        return null;
    }

    private void TidyUp()
    {
        var turn = new Turn(_clock.Now, _clock.Wall);
        var isMore = false;
        var fault = InTransaction(turn, () => isMore = _desk.Upkeep.Run(turn));
        if (fault is null)
        {
            Attempt(() => isMore |= _desk.Upkeep.Shrink(), out _);
        }

        _tidyAt = isMore && fault is null ? _clock.Now : _clock.Now + (long)Tidy.TotalMilliseconds;
    }

    private SqliteFault? InTransaction(Turn turn, Func<bool> action)
    {
        var fault = Attempt(
            () =>
            {
                _begin.Run();
                action();
                _commit.Run();
                return true;
            },
            out _);
        if (fault is null)
        {
            turn.Apply(_desk.Leases);
            _desk.Log.Publish(turn.Appended);
            _checkpoints.Count(turn.Bytes);
        }
        else
        {
            turn.Undo();
        }

        return fault;
    }

    private SqliteFault? Attempt<T>(Func<T> action, out T? result)
    {
        try
        {
            result = action();
            return null;
        }
        catch (SqliteFault fault)
        {
            result = default;
            RollBack();
            Set(fault.Describe(_path));
            return fault;
        }
    }

    private void RollBack()
    {
        try
        {
            if (_desk.Tables.Database.IsInTransaction)
            {
                _desk.Tables.Database.Execute("ROLLBACK");
            }
        }
        catch (SqliteFault)
        {
            // SQLite has done it itself.
        }
    }

    private void Set(string? fault)
    {
        if (fault != _fault)
        {
            _report(fault ?? $"{_path}: takes writes again");
            _fault = fault;
        }
    }

    private Refusal RefusalOf(SqliteFault fault) => fault switch
    {
        { IsFull: true } => new Refusal(RefusalKind.ResourceExhausted, $"{fault.Describe(_path)}: nothing more is published until there is"),
        { IsDamage: true } => new Refusal(RefusalKind.DataLoss, fault.Describe(_path)),
        _ => new Refusal(RefusalKind.Unavailable, fault.Describe(_path)),
    };

    private void SetTimer()
    {
        var next = _tidyAt;
        if (_fault is not null)
        {
            next = _clock.Now + (long)Retry.TotalMilliseconds;
        }
        else if (Attempt(() => _desk.Sweep.NextTime ?? long.MaxValue, out var due) is null)
        {
            // What is due and still there could not be done, or is more than one transaction takes: others have their turn first.
            next = Math.Min(next, Math.Max(due, _clock.Now + Breath));
        }

        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(next - _clock.Now, 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
    }
}
