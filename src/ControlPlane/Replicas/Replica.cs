using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Signals;
using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Replicas;

/// <summary>
/// This control plane as one of those that share a store: its session, which all that it writes of instances is bound to, and whether it
/// leads. Where it has the store alone the session is never lost, and it always leads. Any thread.
/// </summary>
internal sealed class Replica : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    // Nothing of ours takes so long between two looks: then the process stood still.
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(1);

    private readonly IStore _store;
    private readonly Journal _journal;
    private readonly ReplicaOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Replica> _log;
    private readonly ReplicaSessions _sessions;
    private readonly Signal _news = new();
    private readonly CancellationTokenSource _over = new();
    private Task _running = Task.CompletedTask;
    private Task _retaining = Task.CompletedTask;
    private long _retained;
    private long _steadySince;
    private long _looked;
    private volatile StoreSession? _session;
    private volatile LeaderToken? _token;

    public Replica(IStore store, Journal journal, ReplicaOptions options, TimeProvider time, ILogger<Replica> log)
    {
        _store = store;
        _journal = journal;
        _options = options;
        _time = time;
        _log = log;
        _sessions = new ReplicaSessions(time) { Vacant = _news.Set };
        _steadySince = _looked = _retained = time.GetTimestamp();
        journal.Add(_sessions);
    }

    /// <summary>Called when the session is lost, once for each; what was promised in its name is void. Set once, before the start.</summary>
    public Action<string> SessionLost { get; set; } = static _ => { };

    /// <summary>No other process writes to the store.</summary>
    public bool IsAlone => !_store.IsShared;

    /// <summary>What instances that are registered here are marked with; empty where the store is ours alone.</summary>
    public string Owner => IsAlone ? "" : _session?.Name ?? "";

    /// <summary>HOST:PORT at which our API is reached; empty if that is not known.</summary>
    public string Address => _options.Address;

    /// <summary>Why nothing can be registered here and nothing is removed, for people; null if all goes on as usual.</summary>
    public string? Frozen => IsAlone ? null
        : _store.Fault is { } fault ? fault
        : Live is null ? "the session in the store is lost, and a new one is about to be opened" : null;

    /// <summary>It does what only one of all does.</summary>
    public bool Leads => IsAlone || Token is not null;

    private StoreSession? Live => _session is { } session && (session.IsAlive || Fencing.IsOff) ? session : null;

    private Precondition? Token => Live is { } session && _token is { } token && token.Session == session ? token.Holds : null;

    /// <summary>Whether the control plane that an instance is marked with is alive, as far as the store has told.</summary>
    public bool IsAlive(string owner) => _sessions.IsAlive(owner);

    /// <summary>What is known of the control plane that an instance is marked with.</summary>
    public LeaseOwner OwnerOf(string owner) => IsAlone || Fencing.IsOff ? new LeaseOwner(LeaseOwnerStanding.Ours)
        : Frozen is not null ? new LeaseOwner(LeaseOwnerStanding.Unknown)
        : owner == Owner ? new LeaseOwner(LeaseOwnerStanding.Ours)
        : !Leads || _sessions.IsAlive(owner) ? new LeaseOwner(LeaseOwnerStanding.AnothersBusiness)
        : new LeaseOwner(LeaseOwnerStanding.Gone, GoneFor(owner));

    /// <summary>All that are alive, this one among them.</summary>
    public List<KnownReplica> All()
    {
        var (self, leader) = (_session?.Name, _sessions.LeaderName);
        return [.. _sessions.All().Select(known => new KnownReplica(
            known.Name, known.Session.Address, known.Session.StartTime?.ToDateTimeOffset() ?? default, known.Name == leader, known.Name == self))];
    }

    /// <summary>Opens the session and leads if nobody else does. After the journal has begun.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _session = await OpenAsync(cancellation);
        await TryLeadAsync(_session);
        if (!IsAlone)
        {
            _running = RunAsync();
        }
    }

    /// <summary>Appends a batch that is this control plane's own business: it is made only as long as its session is alive.</summary>
    /// <exception cref="StoreException">As <see cref="Journal.AppendAsync"/>; or the session is lost.</exception>
    public async Task<AppendResult> AppendAsync(Batch batch)
    {
        if (Fencing.IsOff)
        {
            return await _journal.AppendAsync(batch with { Preconditions = [] });
        }

        if (Live is not { } session)
        {
            return IsAlone
                ? await _journal.AppendAsync(batch)
                : throw new StoreException(StoreFault.Unavailable, $"FROZEN: {Frozen ?? "it is about to go on"}");
        }

        var result = await _journal.AppendAsync(batch with { Preconditions = [session.Guard, .. batch.Preconditions] });
        return result.Conflict?.Key == session.Guard.Key
            ? throw new StoreException(StoreFault.Unavailable, "FROZEN: the session in the store is lost")
            : result;
    }

    /// <summary>Appends a batch that only the one that leads makes.</summary>
    /// <returns>Null if this one does not lead.</returns>
    /// <exception cref="StoreException">As <see cref="Journal.AppendAsync"/>.</exception>
    public async Task<AppendResult?> AppendAsLeaderAsync(Batch batch)
    {
        if (Fencing.IsOff)
        {
            return await _journal.AppendAsync(batch with { Preconditions = [] });
        }

        if (Token is not { } token)
        {
            return IsAlone ? await _journal.AppendAsync(batch) : null;
        }

        var result = await _journal.AppendAsync(batch with { Preconditions = [token, .. batch.Preconditions] });
        return result.Conflict?.Key == token.Key ? null : result;
    }

    public async ValueTask DisposeAsync()
    {
        if (_over.IsCancellationRequested)
        {
            return;
        }

        await _over.CancelAsync();
        _news.Set();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_session is { } session)
        {
            await session.DisposeAsync();
        }
    }

    // Only as long as we have led, and neither etcd was away nor we ourselves.
    private TimeSpan GoneFor(string owner)
    {
        var token = _token;
        if (token is null)
        {
            return TimeSpan.Zero;
        }

        var since = Math.Max(Math.Max(_sessions.GoneSince(owner), token.Since), Interlocked.Read(ref _steadySince));
        return _time.GetElapsedTime(since);
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_over.IsCancellationRequested)
        {
            try
            {
                if (_session is not { } session)
                {
                    _session = session = await OpenAsync(_over.Token);
                    _log.LogWarning("session {Session} is open", session.Name);
                }

                await KeepAsync(session);
            }
            catch (StoreException refused)
            {
                _log.LogDebug("the session cannot be opened: {Fault}", refused.Message);
            }
            catch (OperationCanceledException) when (_over.IsCancellationRequested)
            {
                return;
            }
            catch (Exception defect)
            {
                _log.LogError(defect, "a defect of ours in the session's upkeep; it goes on");
            }

            await PauseAsync();
        }
    }

    private async Task KeepAsync(StoreSession session)
    {
        while (session.IsAlive && !_over.IsCancellationRequested)
        {
            LookForGaps();
            try
            {
                await TryLeadAsync(session);
            }
            catch (StoreException refused)
            {
                _log.LogDebug("whether it leads is not known: {Fault}", refused.Message);
            }

            if (Token is { } token && _retaining.IsCompleted && _time.GetElapsedTime(_retained) > Retention)
            {
                _retained = _time.GetTimestamp();
                _retaining = RetainAsync(token);
            }

            await PauseAsync();
        }

        if (_over.IsCancellationRequested)
        {
            return;
        }

        LookForGaps();
        _session = null;
        _token = null;
        _log.LogError("session {Session} is lost: what is registered here is to be registered anew", session.Name);
        SessionLost(session.Name);
        // Others need not wait for its end.
        _ = session.DisposeAsync().AsTask();
    }

    private async Task TryLeadAsync(StoreSession session)
    {
        if (_token?.Session == session || (_sessions.LeaderName is not null && !IsAlone))
        {
            return;
        }

        if (await session.LeadAsync(ReplicaSessions.Leader, _over.Token) is { } holds)
        {
            _token = new LeaderToken(session, holds, _time.GetTimestamp());
            if (!IsAlone)
            {
                _log.LogInformation("this control plane leads");
            }
        }
    }

    private async Task RetainAsync(Precondition token)
    {
        try
        {
            await _store.RetainAsync(token);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _log.LogWarning("what is too much of the log is kept: {Fault}", fault.Message.ReplaceLineEndings(" "));
        }
    }

    private async Task PauseAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        using var interval = new CancellationTokenSource(Interval, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interval.Token);
        await _news.WaitAsync(both.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void LookForGaps()
    {
        var now = _time.GetTimestamp();
        if (_store.Fault is not null || _time.GetElapsedTime(_looked, now) > Gap)
        {
            Interlocked.Exchange(ref _steadySince, now);
        }

        _looked = now;
    }

    private Task<StoreSession> OpenAsync(CancellationToken cancellation)
    {
        var value = new StoredSession { Address = _options.Address, StartTime = _time.GetUtcNow().ToTimestamp() };
        // A store of one's own has one session, which the next process replaces.
        var name = IsAlone ? "alone" : $"{Environment.MachineName}-{Guid.NewGuid().ToString("N")[..8]}";
        return _store.OpenSessionAsync(name, value.ToByteArray(), _options.SessionTtl, cancellation);
    }

    private sealed record LeaderToken(StoreSession Session, Precondition Holds, long Since);
}
