using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.Sqlite.Reading;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.Sqlite.Writing;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite;

/// <summary>
/// The engine in one file of SQLite: one process, one thread that writes, readers beside it. What it answers as done has been synced.
/// </summary>
public sealed class SqliteEngine : IMessageEngine
{
    // A request beside its content.
    private const long RequestBytes = 256;

    private readonly MessagingLimits _limits;
    private readonly FileStream _lock;
    private readonly BacklogStates _backlogs = new();
    private readonly PublishedLog _log = new();
    private readonly DamageReport _damage;
    private readonly Desk _desk;
    private readonly WorkQueue _queue;
    private readonly Checkpoints _checkpoints;
    private readonly Readers _readers;
    private readonly Writer _writer;

    private SqliteEngine(string path, SqliteOptions options, TimeProvider time, Action<string> report, FileStream file, Database database)
    {
        _limits = options.Limits;
        _lock = file;
        _damage = new DamageReport(line => report($"{path}: {line}"));
        var tables = new AllTables(database);
        var clock = new EngineClock(time);
        _desk = new Desk(tables, _backlogs, _log, _damage, clock, _limits);
        _queue = new WorkQueue(path, _limits.MaxUnwrittenBytes);
        _checkpoints = new Checkpoints(path, database, options.MaxLogBytes);
        _readers = new Readers(path, tables.Names);
        _writer = new Writer(path, _desk, clock, time, _queue, _checkpoints, report);
    }

    /// <inheritdoc/>
    public string? Fault => _writer.Fault;

    /// <inheritdoc/>
    public IReadOnlyList<string> Damages => _damage.Lines;

    /// <inheritdoc/>
    public long LastSequence => _log.Last;

    /// <summary>Opens a file, or makes it. It is this engine's alone until it is disposed.</summary>
    /// <param name="path">Of the file; beside it are made PATH-wal, PATH-shm and PATH.lock.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">By which leases, delays and retention run.</param>
    /// <param name="report">Told in one line what is wrong with the file or its disk, and when it is well again. Called by any thread, briefly.</param>
    /// <exception cref="MessagingException">It cannot be opened.</exception>
    public static SqliteEngine Open(string path, SqliteOptions options, TimeProvider time, Action<string> report)
    {
        // Not what SQLite makes of names such as ":memory:".
        path = Path.GetFullPath(path);
        var file = FileLock.Acquire(path);
        Database? database = null;
        try
        {
            database = MessagingFile.Open(path, options.MaxCheckedBytes, options.IsSynced);
            return new SqliteEngine(path, options, time, report, file, database);
        }
        catch (Exception refused)
        {
            database?.Dispose();
            file.Dispose();
            if (refused is SqliteFault fault)
            {
                throw new MessagingException(fault.Describe(path), fault);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<AppendedEvent>>> AppendAsync(IReadOnlyList<Message> events) => Ask(
        RequestChecks.OfEvents(events, _limits),
        turn => _desk.LogIntake.Append(turn, events),
        events.Sum(message => (long)message.Data.Length),
        grows: true);

    /// <inheritdoc/>
    public async Task<Outcome<EventPage>> ReadAsync(long after, EventFilter filter, int count, long bytes)
    {
        if ((RequestChecks.OfFilter(filter) ?? RequestChecks.OfCount(count, "events")) is { } refusal)
        {
            return refusal;
        }

        // Before it is read: what comes meanwhile is for the next time.
        var last = _log.Last;
        if (_log.After(after) is { } recent)
        {
            return RecentPage.Of(recent.Span, after, filter, count, bytes);
        }

        return await _readers.ReadAsync(reader =>
        {
            var (events, looked, isMore) = reader.Read(new ReadRange(after, long.MaxValue, IsNewestFirst: false), filter, count, bytes);
            return new EventPage(events, isMore ? looked : Math.Max(looked, Math.Max(last, after)), isMore, reader.First);
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<Outcome<EventPage>> QueryAsync(EventQuery query)
    {
        if ((RequestChecks.OfFilter(query.Filter) ?? RequestChecks.OfCount(query.PageSize, "events")) is { } refusal)
        {
            return refusal;
        }

        return await _readers.ReadAsync(reader =>
        {
            var after = query.From is { } from ? reader.PositionAt(from.ToUnixTimeMilliseconds()) : 0;
            var until = query.Until is { } end ? reader.PositionAt(end.ToUnixTimeMilliseconds()) + 1 : long.MaxValue;
            if (query.After is { } page)
            {
                (after, until) = query.IsNewestFirst ? (after, Math.Min(until, page)) : (Math.Max(after, page), until);
            }

            var (events, looked, isMore) = reader.Read(new ReadRange(after, until, query.IsNewestFirst), query.Filter, query.PageSize, long.MaxValue);
            return new EventPage(events, looked, isMore, reader.First);
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<Outcome<long>> PositionAtAsync(DateTimeOffset time) => _readers.ReadAsync(reader => reader.PositionAt(time.ToUnixTimeMilliseconds()));

    /// <inheritdoc/>
    public Task WaitForEventsAsync(long after, CancellationToken cancellation) => _log.WaitAsync(after, cancellation);

    /// <inheritdoc/>
    public Task<Outcome<Retention>> SetRetentionAsync(string type, Retention retention) =>
        Ask(RequestChecks.OfRetention(type, retention), turn => _desk.LogIntake.SetRetention(turn, type, retention));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> CreateGroupAsync(string name, GroupOptions options) =>
        Ask(RequestChecks.OfGroup(BacklogName.Group(name), options), turn => _desk.Registry.CreateGroup(turn, name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> CreateQueueAsync(string name, QueueOptions options) =>
        Ask(RequestChecks.OfQueue(BacklogName.Queue(name), options), turn => _desk.Registry.CreateQueue(turn, name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> ConfigureQueueAsync(string name, QueueOptions options) =>
        Ask(RequestChecks.OfQueue(BacklogName.Queue(name), options), turn => _desk.Registry.ConfigureQueue(turn, name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> DeleteAsync(BacklogName name) => Ask(null, turn => _desk.Registry.Delete(turn, name));

    /// <inheritdoc/>
    public IReadOnlyList<Backlog> List(BacklogKind kind) =>
        [.. _backlogs.All.Where(backlog => backlog.Name.Kind == kind).Select(backlog => backlog.Backlog).OrderBy(backlog => backlog.Name.Name, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<Published>>> PublishAsync(string queue, IReadOnlyList<QueueMessage> messages) => Ask(
        RequestChecks.OfMessages(messages, _limits),
        turn => _desk.QueueIntake.Publish(turn, queue, messages),
        messages.Sum(message => (long)message.Message.Data.Length),
        grows: true);

    /// <inheritdoc/>
    public Task<Outcome<Claimed>> ClaimAsync(BacklogName name, Claim claim) => Ask(RequestChecks.OfClaim(claim), turn => _desk.Claims.Claim(turn, name, claim));

    /// <inheritdoc/>
    public async Task WaitForReadyAsync(BacklogName name, CancellationToken cancellation)
    {
        while (_backlogs.Find(name) is { } backlog)
        {
            var next = backlog.Ready.Next;
            if (backlog.IsWorthAClaim)
            {
                return;
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> AckAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens) =>
        Ask(RequestChecks.OfTokens(tokens.Count), turn => _desk.HandBacks.Ack(turn, name, tokens));

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> NackAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan delay, string reason) => Ask(
        RequestChecks.OfTokens(tokens.Count) ?? RequestChecks.OfDelay(delay), turn => _desk.HandBacks.Nack(turn, name, tokens, delay, reason));

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> ExtendAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan? lease) =>
        Ask(RequestChecks.OfTokens(tokens.Count) ?? RequestChecks.OfLease(lease), turn => _desk.HandBacks.Extend(turn, name, tokens, lease));

    /// <inheritdoc/>
    public Task<Outcome<long>> ReturnAsync(string holder)
    {
        var progress = new Progress();
        return Ask(null, turn => _desk.HandBacks.Return(turn, holder, progress));
    }

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<HeldMessage>>> PeekAsync(BacklogName name, Phase phase, long after, int count) =>
        Ask(RequestChecks.OfCount(count, "messages"), turn => _desk.Questions.Peek(turn, name, phase, after, count));

    /// <inheritdoc/>
    public Task<Outcome<long>> PurgeAsync(BacklogName name, bool onlyDead)
    {
        var progress = new Progress();
        return Ask(null, turn => _desk.Cleanings.Purge(turn, name, onlyDead, progress));
    }

    /// <inheritdoc/>
    public Task<Outcome<long>> RedriveAsync(BacklogName name, long count)
    {
        var progress = new Progress();
        return Ask(
            count < 1 ? new Refusal(RefusalKind.InvalidArgument, $"{count} dead letters to redrive: 1 or more are allowed") : null,
            turn => _desk.Cleanings.Redrive(turn, name, count, progress));
    }

    /// <inheritdoc/>
    public Task<Outcome<BacklogStats>> StatsAsync(BacklogName name) => Ask(null, turn => _desk.Questions.Stats(turn, name));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _writer.Ended.ConfigureAwait(false);
        _checkpoints.Close();
        _readers.Dispose();
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    private Task<Outcome<T>> Ask<T>(Refusal? refusal, Func<Turn, Outcome<T>?> run, long bytes = 0, bool grows = false)
    {
        if (refusal is not null)
        {
            return Task.FromResult<Outcome<T>>(refusal);
        }

        var work = new Work<T>(run, bytes + RequestBytes, grows);
        _queue.Add(work);
        return work.Done;
    }
}
