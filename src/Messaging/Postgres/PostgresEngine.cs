using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Keeping;
using Mesh.Messaging.Postgres.Reading;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Postgres.Writing;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres;

/// <summary>
/// The engine on a PostgreSQL database, which several processes may share, each of which may die. What it answers as done is on the server's disk.
/// </summary>
public sealed class PostgresEngine : IMessageEngine
{
    // How long a server is waited for that is about to be there.
    private const int MostTries = 60;
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly MessagingLimits _limits;
    private readonly Server _server;
    private readonly PublishedLog _log = new();
    private readonly Self _self = new();
    private readonly Tidings _tidings = new();
    private readonly LeaseBook _leases = new();
    private readonly Backlogs _backlogs = new();
    private readonly DamageReport _damage;
    private readonly Alarm _alarm;
    private readonly Intake _intake;
    private readonly Tail _tail;
    private readonly Log _appending;
    private readonly Lane<AppendWork> _appends;
    private readonly Registry _registry;
    private readonly Lane<RegistryWork> _makes;
    private readonly Cleanings _cleanings;
    private readonly History _history;
    private readonly Questions _questions;
    private readonly Room _room;
    private readonly Holders _holders = new();
    private readonly Sessions _sessions;
    private readonly Bell _bell;
    private readonly Ear _ear;
    private readonly Keeper _keeper;
    private readonly CancellationTokenSource _end = new();
    private Task _keeping = Task.CompletedTask;

    private PostgresEngine(Server server, PostgresOptions options, TimeProvider time, EngineClock clock, Action<string> report)
    {
        _limits = options.Limits;
        _server = server;
        _damage = new DamageReport(line => report($"{server.Name}: {line}"));
        _alarm = new Alarm(time, clock);
        server.OnFault = _alarm.Ring;
        _intake = new Intake(server.Name, _limits.MaxUnwrittenBytes);
        _tail = new Tail(server, _log, _backlogs);
        _appending = new Log(server, clock, _tail, _tidings, _limits);
        _appends = new Lane<AppendWork>(_appending.RunAsync);
        _registry = new Registry(server, _backlogs, _tidings, _limits);
        _makes = new Lane<RegistryWork>(_registry.RunAsync);
        _backlogs.Change = new Changes(server, _self, _backlogs, clock, _leases, _alarm, _tidings, _damage).RunAsync;
        _backlogs.Claim = new Claims(server, _self, _backlogs, clock, _leases, _alarm, _damage, _limits).RunAsync;
        _cleanings = new Cleanings(server);
        _history = new History(server);
        _questions = new Questions(server, clock);
        _room = new Room(server, _limits.MaxDiskBytes);
        _sessions = new Sessions(server, _self, clock, _leases, _alarm);
        _bell = new Bell(server, _self, _tidings);
        _ear = new Ear(server, _self, _backlogs, _registry, _tail, _alarm, time);
        var sweep = new Sweep(server, _backlogs, _registry, clock, _leases, _alarm);
        _keeper = new Keeper(server, _sessions, sweep, new Upkeep(server, clock), _backlogs, _registry, _tail, _bell, clock, _alarm, options.Beat);
    }

    /// <inheritdoc/>
    public string? Fault => _server.Fault;

    /// <inheritdoc/>
    public IReadOnlyList<string> Damages => _damage.Lines;

    /// <inheritdoc/>
    public long LastSequence => _log.Last;

    /// <summary>Opens a database, and makes our tables in it where there are none: in a schema of their own, <c>mesh_messaging</c>.</summary>
    /// <param name="address">postgres://USER:PASSWORD@HOST:PORT/DATABASE; <c>?host=FOLDER</c> for a server's socket, <c>sslmode</c> and others as PostgreSQL's own.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">By which leases, delays and retention run.</param>
    /// <param name="report">Told in one line what is wrong with the server, and when it is well again. Called by any thread, briefly.</param>
    /// <exception cref="MessagingException">It cannot be used: why, and what to do.</exception>
    public static async Task<PostgresEngine> OpenAsync(string address, PostgresOptions options, TimeProvider time, Action<string> report)
    {
        var server = new Server(PostgresAddress.Parse(address), options.MaxConnections, report);
        try
        {
            var shared = await PrepareInTimeAsync(server, time, report).ConfigureAwait(false);
            var engine = new PostgresEngine(server, options, time, new EngineClock(time, shared), report);
            await engine.BeginAsync().ConfigureAwait(false);
            return engine;
        }
        catch (Exception refused)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (Server.IsFault(refused))
            {
                throw new MessagingException(server.Describe(refused), refused);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<AppendedEvent>>> AppendAsync(IReadOnlyList<Message> events)
    {
        var bytes = events.Sum(message => (long)message.Data.Length);
        return EnterAsync(RequestChecks.OfEvents(events, _limits) ?? _server.WhyForbidden, bytes, async () =>
        {
            if (await _room.WhyNotAsync(bytes).ConfigureAwait(false) is { } full)
            {
                return full;
            }

            var work = new AppendWork(events, bytes);
            _appends.Add(work);
            return await work.Done.ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public async Task<Outcome<EventPage>> ReadAsync(long after, EventFilter filter, int count, long bytes)
    {
        if ((RequestChecks.OfFilter(filter) ?? RequestChecks.OfCount(count, "events")) is { } refusal)
        {
            return refusal;
        }

        // Before it is read: what comes meanwhile is for the next time.
        var last = _log.Last;
        return _log.After(after) is { } recent
            ? RecentPage.Of(recent.Span, after, filter, count, bytes)
            : await _history.ReadAsync(new ReadRange(after, long.MaxValue, IsNewestFirst: false), filter, count, bytes, Math.Max(last, after)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<Outcome<EventPage>> QueryAsync(EventQuery query) =>
        (RequestChecks.OfFilter(query.Filter) ?? RequestChecks.OfCount(query.PageSize, "events")) is { } refusal
            ? refusal
            : await _history.QueryAsync(query).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Outcome<long>> PositionAtAsync(DateTimeOffset time) => _history.PositionAtAsync(time);

    /// <inheritdoc/>
    public Task WaitForEventsAsync(long after, CancellationToken cancellation) => _log.WaitAsync(after, cancellation);

    /// <inheritdoc/>
    public Task<Outcome<Retention>> SetRetentionAsync(string type, Retention retention) =>
        EnterAsync(RequestChecks.OfRetention(type, retention), 0, () => _appending.RetainAsync(type, retention));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> CreateGroupAsync(string name, GroupOptions options) =>
        MakeAsync(RequestChecks.OfGroup(BacklogName.Group(name), options), BacklogName.Group(name), sheet => sheet.CreateGroup(name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> CreateQueueAsync(string name, QueueOptions options) =>
        MakeAsync(RequestChecks.OfQueue(BacklogName.Queue(name), options), BacklogName.Queue(name), sheet => sheet.CreateQueue(name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> ConfigureQueueAsync(string name, QueueOptions options) =>
        MakeAsync(RequestChecks.OfQueue(BacklogName.Queue(name), options), BacklogName.Queue(name), sheet => sheet.ConfigureQueue(name, options));

    /// <inheritdoc/>
    public Task<Outcome<Backlog>> DeleteAsync(BacklogName name) =>
        MakeAsync(name.WhyNot() is null ? null : Refusals.NotFound(name, _backlogs.Names), name, sheet => sheet.Delete(name));

    /// <inheritdoc/>
    public IReadOnlyList<Backlog> List(BacklogKind kind) =>
        [.. _backlogs.All.Where(state => state.Name.Kind == kind).Select(state => state.Backlog).OrderBy(backlog => backlog.Name.Name, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<Published>>> PublishAsync(string queue, IReadOnlyList<QueueMessage> messages)
    {
        var bytes = messages.Sum(message => (long)message.Message.Data.Length);
        return EnterAsync(RequestChecks.OfMessages(messages, _limits) ?? _server.WhyForbidden, bytes, async () =>
            await _room.WhyNotAsync(bytes).ConfigureAwait(false) is { } full
                ? full
                : await ChangeAsync(BacklogName.Queue(queue), Publishing.Of(messages, bytes)).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task<Outcome<Claimed>> ClaimAsync(BacklogName name, Claim claim) =>
        EnterAsync(RequestChecks.OfClaim(claim), 0, () => _holders.WatchAsync(claim.Holder, ClaimInLaneAsync(name, claim)));

    /// <inheritdoc/>
    public async Task WaitForReadyAsync(BacklogName name, CancellationToken cancellation)
    {
        if ((await FindAsync(name).ConfigureAwait(false)).Value is { } state)
        {
            await state.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> AckAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens) =>
        EnterAsync(RequestChecks.OfTokens(tokens.Count), 0, () => ChangeAsync(name, Answers.Ack(tokens)));

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> NackAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan delay, string reason) =>
        EnterAsync(RequestChecks.OfTokens(tokens.Count) ?? RequestChecks.OfDelay(delay), 0, () => ChangeAsync(name, Answers.Nack(tokens, delay, reason)));

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<bool>>> ExtendAsync(BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan? lease) =>
        EnterAsync(RequestChecks.OfTokens(tokens.Count) ?? RequestChecks.OfLease(lease), 0, () => ChangeAsync(name, Answers.Extend(tokens, lease)));

    /// <inheritdoc/>
    public Task<Outcome<long>> ReturnAsync(string holder) => EnterAsync(null, 0, async () =>
    {
        // What he is being given now is his as well.
        await _holders.SettledAsync(holder).ConfigureAwait(false);
        return await _cleanings.ReturnAsync(_backlogs, Answers.TextOf(holder)).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public Task<Outcome<IReadOnlyList<HeldMessage>>> PeekAsync(BacklogName name, Phase phase, long after, int count) =>
        OfAsync(RequestChecks.OfCount(count, "messages"), name, state => _questions.PeekAsync(state.Id, name, phase, after, count));

    /// <inheritdoc/>
    public Task<Outcome<long>> PurgeAsync(BacklogName name, bool onlyDead) => OfAsync(null, name, state => _cleanings.PurgeAsync(state, onlyDead));

    /// <inheritdoc/>
    public Task<Outcome<long>> RedriveAsync(BacklogName name, long count) => OfAsync(
        count < 1 ? new Refusal(RefusalKind.InvalidArgument, $"{count} dead letters to redrive: 1 or more are allowed") : null,
        name,
        state => _cleanings.RedriveAsync(state, count));

    /// <inheritdoc/>
    public Task<Outcome<BacklogStats>> StatsAsync(BacklogName name) => OfAsync(null, name, state => _questions.StatsAsync(state.Id, name));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _intake.CloseAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        _alarm.Ring();
        await _keeping.ConfigureAwait(false);
        await _sessions.EndAsync().ConfigureAwait(false);
        await _bell.TellAsync("end").ConfigureAwait(false);
        _alarm.Dispose();
        _tail.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        _end.Dispose();
    }

    /// <summary>A server that has just been started, or has crashed, says so, and is waited for.</summary>
    /// <inheritdoc cref="PrepareAsync"/>
    private static async Task<long?> PrepareInTimeAsync(Server server, TimeProvider time, Action<string> report)
    {
        for (var left = MostTries; ; left--)
        {
            try
            {
                return await PrepareAsync(server).ConfigureAwait(false);
            }
            catch (PostgresException starting) when (starting.SqlState == PostgresErrorCodes.CannotConnectNow && left > 0)
            {
                report($"{server.Describe(starting)}; it is waited for");
                await Task.Delay(TryAgain, time).ConfigureAwait(false);
            }
        }
    }

    /// <returns>What time other engines have, if there are any at work.</returns>
    private static async Task<long?> PrepareAsync(Server server)
    {
        var connection = await server.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if ((await new Batch(connection).Add(ServerChecks.Question).ListAsync(ServerChecks.WhyNot).ConfigureAwait(false))[0] is { } why)
            {
                throw new MessagingException($"{server.Name}: {why}");
            }

            await Tables.PrepareAsync(connection, server.Name).ConfigureAwait(false);
            return await Sessions.TimeAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task BeginAsync()
    {
        var refusal = await _registry.RefreshAsync().ConfigureAwait(false) ?? await _sessions.BeginAsync().ConfigureAwait(false)
            ?? await _sessions.AdoptAsync().ConfigureAwait(false);
        if (refusal is not null)
        {
            throw new MessagingException(refusal.Message);
        }

        await _tail.BeginAsync().ConfigureAwait(false);
        _keeping = Task.WhenAll(_keeper.RunAsync(_end.Token), _bell.RunAsync(_end.Token), _ear.RunAsync(_end.Token));
        await _ear.Begun.ConfigureAwait(false);
    }

    private Task<Outcome<Backlog>> MakeAsync(Refusal? refusal, BacklogName name, Func<RegistrySheet, Outcome<Backlog>> decide) => EnterAsync(refusal, 0, () =>
    {
        var work = new RegistryWork(name, decide);
        _makes.Add(work);
        return work.Done;
    });

    private async Task<Outcome<T>> ChangeAsync<T>(BacklogName name, Change<T> change)
    {
        var found = await FindAsync(name).ConfigureAwait(false);
        if (!found.IsDone)
        {
            return found.Refusal;
        }

        found.Value.Changes.Add(change);
        return await change.Done.ConfigureAwait(false);
    }

    private async Task<Outcome<Claimed>> ClaimInLaneAsync(BacklogName name, Claim claim)
    {
        var found = await FindAsync(name).ConfigureAwait(false);
        if (!found.IsDone)
        {
            return found.Refusal;
        }

        var work = new ClaimWork(claim);
        found.Value.Claims.Add(work);
        return await work.Done.ConfigureAwait(false);
    }

    private Task<Outcome<T>> OfAsync<T>(Refusal? refusal, BacklogName name, Func<BacklogState, Task<Outcome<T>>> ask) => EnterAsync(refusal, 0, async () =>
    {
        var found = await FindAsync(name).ConfigureAwait(false);
        return found.IsDone ? await ask(found.Value).ConfigureAwait(false) : found.Refusal;
    });

    private Task<Outcome<BacklogState>> FindAsync(BacklogName name) =>
        name.WhyNot() is null ? _registry.FindAsync(name) : Task.FromResult<Outcome<BacklogState>>(Refusals.NotFound(name, _backlogs.Names));

    private async Task<Outcome<T>> EnterAsync<T>(Refusal? refusal, long bytes, Func<Task<Outcome<T>>> run)
    {
        if ((refusal ?? _intake.Enter(bytes)) is { } why)
        {
            return why;
        }

        try
        {
            return await run().ConfigureAwait(false);
        }
        finally
        {
            _intake.Leave(bytes);
        }
    }
}
