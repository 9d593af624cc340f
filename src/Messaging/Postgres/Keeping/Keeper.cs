using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Postgres.Writing;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>Does what comes by itself: shows that the engine lives, lets leases run out, tidies up, and comes back when the server does.</summary>
internal sealed class Keeper(
    Server server, Sessions sessions, Sweep sweep, Upkeep upkeep, Backlogs backlogs, Registry registry, Tail tail, Bell bell, EngineClock clock, Alarm alarm, TimeSpan beat)
{
    // In milliseconds. A server that is away is tried so often, and what grows is looked at.
    private const long Retry = 1_000;
    private const long Tidy = 10_000;

    private long _beatAt;
    private long _tidyAt;

    public async Task RunAsync(CancellationToken end)
    {
        // The first beat is soon: others may have been at work until a moment ago.
        _beatAt = clock.Now + (long)beat.TotalMilliseconds;
        _tidyAt = clock.Now;
        alarm.Ring();
        while (true)
        {
            await alarm.WaitAsync().ConfigureAwait(false);
            if (end.IsCancellationRequested)
            {
                return;
            }

            alarm.Clear();
            if (await KeepAsync().ConfigureAwait(false) is not null)
            {
                alarm.NotLaterThan(clock.Now + Retry);
            }

            alarm.NotLaterThan(_beatAt);
            alarm.NotLaterThan(_tidyAt);
        }
    }

    private async Task<Refusal?> KeepAsync()
    {
        var wasFaulty = server.Fault is not null;
        if (wasFaulty || clock.Now >= _beatAt)
        {
            _beatAt = clock.Now + (long)beat.TotalMilliseconds;
            if (await BeatAsync(wasFaulty).ConfigureAwait(false) is { } away)
            {
                return away;
            }
        }
        else if (await sessions.AdoptAsync().ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        if (await sweep.RunAsync().ConfigureAwait(false) is { } late)
        {
            return late;
        }

        if (clock.Now >= _tidyAt)
        {
            var outcome = await upkeep.RunAsync().ConfigureAwait(false);
            _tidyAt = outcome is { IsDone: true, Value: true } ? clock.Now : clock.Now + Tidy;
            return outcome.Refusal;
        }

        return null;
    }

    private async Task<Refusal?> BeatAsync(bool wasFaulty)
    {
        var checks = await server.RunAsync(connection => new Batch(connection).Add(ServerChecks.Question).ListAsync(row => ServerChecks.WhyNot(row) ?? ""))
            .ConfigureAwait(false);
        if (checks.Refusal is { } away)
        {
            return away;
        }

        if (checks.Value![0] is { Length: > 0 } why)
        {
            server.Forbid($"{server.Name}: {why}");
            return server.WhyForbidden;
        }

        server.Forbid(null);
        if ((await sessions.BeatAsync().ConfigureAwait(false) ?? await LookAsync(wasFaulty).ConfigureAwait(false)) is { } refusal)
        {
            return refusal;
        }

        server.Set(null);
        return null;
    }

    /// <summary>What nobody told: he died before he could, or we did not hear.</summary>
    private async Task<Refusal?> LookAsync(bool wasFaulty)
    {
        bell.HasOthers = sessions.HasOthers;
        await tail.CatchUpAsync().ConfigureAwait(false);
        if (wasFaulty)
        {
            if ((await registry.RefreshAsync().ConfigureAwait(false) ?? await sessions.AdoptAsync(withOwn: true).ConfigureAwait(false)) is { } refusal)
            {
                return refusal;
            }

            foreach (var backlog in backlogs.All)
            {
                backlog.Wake();
            }

            return null;
        }

        var waiting = backlogs.All.Where(backlog => backlog.HasWaiters).ToList();
        var ready = await server.RunAsync(connection => new Batch(connection)
            .Add("SELECT w.id FROM unnest($1) w(id) WHERE EXISTS (SELECT 1 FROM entries e WHERE e.backlog = w.id AND e.phase = 0)", Batch.Of([.. waiting.Select(one => one.Id)]))
            .ListAsync(row => row.GetInt64(0))).ConfigureAwait(false);
        foreach (var id in ready.Value ?? [])
        {
            backlogs.Find(id)?.Wake();
        }

        return ready.Refusal;
    }
}
