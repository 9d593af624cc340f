using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Postgres.Writing;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>What happens by itself as time passes: leases run out, what was put off is due, what has had its time goes.</summary>
internal sealed class Sweep(Server server, Backlogs backlogs, Registry registry, EngineClock clock, LeaseBook leases, Alarm alarm)
{
    private const int Slice = 500;

    // In milliseconds: what is overdue and could not be done lets others have their turn.
    private const long Breath = 50;

    /// <returns>Null if it went well; then the alarm is set for the next time.</returns>
    public async Task<Refusal?> RunAsync()
    {
        while (true)
        {
            var now = clock.Now;
            var ended = leases.FindEnded(now, Slice);
            var found = await FindAsync(ended, now).ConfigureAwait(false);
            var refusal = found.Refusal ?? await PassAsync(found.Value!, [.. ended]).ConfigureAwait(false);
            if (refusal is not null)
            {
                leases.Restore(ended);
                return refusal;
            }

            // Those that are still there are other engines' by now, or done.
            leases.RemoveEnded(ended, now);
            if (ended.Count < Slice && found.Value!.Count < Slice)
            {
                return await SetAlarmAsync().ConfigureAwait(false);
            }
        }
    }

    private Task<Outcome<List<(long Id, long Backlog)>>> FindAsync(List<long> ended, long now) => server.RunAsync(connection => new Batch(connection)
        .Add(
            """
            SELECT id, backlog FROM entries WHERE id = ANY($1)
            UNION (SELECT id, backlog FROM entries WHERE due IS NOT NULL AND due <= $2 ORDER BY due LIMIT $3)
            UNION (SELECT id, backlog FROM entries WHERE ends IS NOT NULL AND phase <> 1 AND ends <= $2 ORDER BY ends LIMIT $3)
            """,
            Batch.Of([.. ended]), Batch.Of(now), Batch.Of((long)Slice))
        .ListAsync(row => (row.GetInt64(0), row.GetInt64(1))));

    private async Task<Refusal?> PassAsync(List<(long Id, long Backlog)> entries, HashSet<long> ended)
    {
        if (entries.Exists(entry => backlogs.Find(entry.Backlog) is null) && await registry.RefreshAsync().ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        var passing = new List<Task<Outcome<long>>>();
        foreach (var some in entries.GroupBy(entry => entry.Backlog))
        {
            // One that was deleted goes with all that stands in it.
            if (backlogs.Find(some.Key) is { } state)
            {
                long[] ids = [.. some.Select(entry => entry.Id).Order()];
                foreach (var change in new[] { Answers.Expire([.. ids.Where(ended.Contains)], leases), Answers.Pass([.. ids.Where(id => !ended.Contains(id))]) })
                {
                    if (change.Ids.Count > 0)
                    {
                        state.Changes.Add(change);
                        passing.Add(change.Done);
                    }
                }
            }
        }

        var passed = await Task.WhenAll(passing).ConfigureAwait(false);
        return passed.Select(one => one.Refusal).FirstOrDefault(refusal => refusal is { Kind: not RefusalKind.NotFound });
    }

    private async Task<Refusal?> SetAlarmAsync()
    {
        var next = await server.RunAsync(connection => new Batch(connection)
            .Add("SELECT (SELECT min(due) FROM entries WHERE due IS NOT NULL), (SELECT min(ends) FROM entries WHERE ends IS NOT NULL AND phase <> 1)")
            .ListAsync(row => (Due: row.Number(0), Ends: row.Number(1)))).ConfigureAwait(false);
        if (next.Refusal is { } refusal)
        {
            return refusal;
        }

        foreach (var time in new[] { next.Value![0].Due, next.Value[0].Ends, leases.Next })
        {
            alarm.NotLaterThan(time is { } known ? Math.Max(known, clock.Now + Breath) : null);
        }

        return null;
    }
}
