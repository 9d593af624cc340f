using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Purges, redrives and returns, a piece in each transaction, so that others need not wait for all of it.</summary>
internal sealed class Cleanings(Server server)
{
    private const int Slice = 500;

    // Those that wait go before those that they wait for, or each would become ready first.
    private static readonly Phase[] All = [Phase.Waiting, Phase.Scheduled, Phase.Retrying, Phase.Dead, Phase.Ready];

    public async Task<Outcome<long>> PurgeAsync(BacklogState state, bool onlyDead)
    {
        var end = await EndAsync(onlyDead ? null : state).ConfigureAwait(false);
        if (!end.IsDone)
        {
            return end.Refusal;
        }

        var count = 0L;
        foreach (var phase in onlyDead ? [Phase.Dead] : All)
        {
            var purged = await ForEachAsync(state, phase, end.Value, long.MaxValue, ids => Answers.Purge(ids)).ConfigureAwait(false);
            if (!purged.IsDone)
            {
                return purged.Refusal;
            }

            count += purged.Value;
        }

        return count;
    }

    public async Task<Outcome<long>> RedriveAsync(BacklogState state, long count)
    {
        var end = await EndAsync(null).ConfigureAwait(false);
        return end.IsDone ? await ForEachAsync(state, Phase.Dead, end.Value, count, Answers.Redrive).ConfigureAwait(false) : end.Refusal;
    }

    /// <summary>Until the holder has nothing more.</summary>
    public async Task<Outcome<long>> ReturnAsync(Backlogs backlogs, string holder)
    {
        var (count, after) = (0L, 0L);
        while (true)
        {
            var found = await server.RunAsync(connection => new Batch(connection)
                .Add(
                    "SELECT id, backlog FROM entries WHERE holder = $1 AND phase = 1 AND id > $2 ORDER BY id LIMIT $3",
                    Batch.Of(holder), Batch.Of(after), Batch.Of((long)Slice))
                .ListAsync(row => (Id: row.GetInt64(0), Backlog: row.GetInt64(1)))).ConfigureAwait(false);
            if (found.Value is not { } rows)
            {
                return found.Refusal!;
            }

            var returned = await Task.WhenAll(rows.GroupBy(row => row.Backlog).Select(some => (State: backlogs.Find(some.Key), Ids: some.Select(row => row.Id)))
                .Where(some => some.State is not null).Select(some => ChangeAsync(some.State!, Answers.Return([.. some.Ids], holder)))).ConfigureAwait(false);
            if (returned.Select(one => one.Refusal).FirstOrDefault(refusal => refusal is { Kind: not RefusalKind.NotFound }) is { } why)
            {
                return why;
            }

            count += returned.Sum(one => one.Value);
            if (rows.Count < Slice)
            {
                return count;
            }

            after = rows[^1].Id;
        }
    }

    /// <summary>What comes behind it is not meant. A group goes on with what comes from now on.</summary>
    private Task<Outcome<long>> EndAsync(BacklogState? moved) => server.RunAsync(async connection =>
    {
        var batch = new Batch(connection);
        if (moved?.Backlog.Group is not null)
        {
            batch.Add("UPDATE backlogs SET position = (SELECT last FROM log) WHERE id = $1", Batch.Of(moved.Id));
        }

        return (await batch.Add("SELECT last_value FROM numbers").ListAsync(row => row.GetInt64(0)).ConfigureAwait(false))[0];
    });

    private async Task<Outcome<long>> ForEachAsync(BacklogState state, Phase phase, long until, long most, Func<long[], Change<long>> change)
    {
        // Those that are ready have an index by priority: each piece is the first then.
        var (count, after) = (0L, 0L);
        var text = phase == Phase.Ready
            ? "SELECT id FROM entries WHERE backlog = $1 AND phase = 0 AND $2 = 0 AND id <= $4 AND $3 >= 0 ORDER BY priority DESC, id LIMIT $5"
            : "SELECT id FROM entries WHERE backlog = $1 AND phase = $2 AND phase > 0 AND id > $3 AND id <= $4 ORDER BY id LIMIT $5";
        while (count < most)
        {
            var take = Math.Min(Slice, most - count);
            var ids = await server.RunAsync(connection => new Batch(connection)
                .Add(text, Batch.Of(state.Id), Batch.Of((long)phase), Batch.Of(after), Batch.Of(until), Batch.Of(take))
                .ListAsync(row => row.GetInt64(0))).ConfigureAwait(false);
            if (ids.Value is not { Count: > 0 } some)
            {
                return ids.IsDone ? count : ids.Refusal;
            }

            var done = await ChangeAsync(state, change([.. some])).ConfigureAwait(false);
            if (!done.IsDone)
            {
                return done.Refusal;
            }

            count += done.Value;
            after = some[^1];
            if (some.Count < take || (phase == Phase.Ready && done.Value == 0))
            {
                return count;
            }
        }

        return count;
    }

    private static Task<Outcome<long>> ChangeAsync(BacklogState state, Change<long> change)
    {
        state.Changes.Add(change);
        return change.Done;
    }
}
