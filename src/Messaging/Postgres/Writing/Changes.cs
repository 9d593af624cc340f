using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// Makes the changes of one queue or group in one transaction, which has its lock from the beginning: what two engines change of one queue comes one
/// after the other. Claims need no lock but that of the rows they take.
/// </summary>
internal sealed class Changes(Server server, Self self, Backlogs backlogs, EngineClock clock, LeaseBook leases, Alarm alarm, Tidings tidings, DamageReport damage)
{
    /// <summary>How long a message is known by its key, in milliseconds.</summary>
    public const long SeenFor = 10 * 60 * 1000;

    private const string Next = $"""
        SELECT {EntryColumns.All} FROM unnest($2::text[]) k(wanted)
        CROSS JOIN LATERAL (SELECT * FROM entries n WHERE n.backlog = $1 AND n.key = k.wanted AND n.key IS NOT NULL AND n.phase = 3 AND n.phase < 4 ORDER BY n.id LIMIT 1) n
        WHERE NOT EXISTS (SELECT 1 FROM entries h WHERE h.backlog = $1 AND h.key = k.wanted AND h.key IS NOT NULL AND h.phase < 3)
        """;

    public async Task RunAsync(BacklogState state, List<Change> works)
    {
        var outcome = await server.RunAsync(connection => MakeAsync(connection, state, works)).ConfigureAwait(false);
        if (outcome.Refusal is { } refusal)
        {
            works.ForEach(work => work.Refuse(refusal));
            return;
        }

        if (outcome.Value is not { } sheet)
        {
            backlogs.Forget(state);
            var gone = Refusals.NotFound(state.Name, backlogs.Names);
            works.ForEach(work => work.Refuse(gone));
            return;
        }

        leases.Apply(sheet.Leased, sheet.Released, sheet.Now);
        alarm.NotLaterThan(sheet.NextTime);
        alarm.NotLaterThan(leases.Next);
        state.Backlog = sheet.Row.Backlog;
        if (sheet.IsSomethingReady)
        {
            state.Wake();
            tidings.Ready(state.Id);
        }

        works.ForEach(work => work.Answer());
    }

    private async Task<Sheet?> MakeAsync(NpgsqlConnection connection, BacklogState state, List<Change> works)
    {
        var now = clock.Now;
        var (row, loaded) = await SheetRows.LoadAsync(connection, state.Id, works, now - SeenFor).ConfigureAwait(false);
        if (row is null)
        {
            await new Batch(connection).Add("COMMIT").RunAsync().ConfigureAwait(false);
            return null;
        }

        var sheet = new Sheet(row, loaded, self.Id, now, clock.Wall, damage);
        works.ForEach(work => work.Decide(sheet));
        await WriteAsync(connection, sheet).ConfigureAwait(false);
        return sheet;
    }

    /// <summary>Writes and commits, and hands keys on whose first message is out of the way.</summary>
    private static async Task WriteAsync(NpgsqlConnection connection, Sheet sheet)
    {
        while (sheet.Freed.Count > 0)
        {
            var batch = new Batch(connection);
            sheet.Write(batch);
            sheet.Promote(await batch.Add(Next, Batch.Of(sheet.Row.Id), Batch.Of([.. sheet.Freed.Select(key => (string?)key)]))
                .ListAsync(EntryColumns.Read).ConfigureAwait(false));
        }

        var last = new Batch(connection);
        sheet.Write(last);
        if (sheet.IsAnythingChanged)
        {
            sheet.WriteCounts(last);
        }

        await last.Add("COMMIT").RunAsync().ConfigureAwait(false);
    }
}
