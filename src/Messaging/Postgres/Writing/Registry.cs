using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Results;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Makes, configures and deletes queues and groups, and knows those that others have made.</summary>
internal sealed class Registry(Server server, Backlogs backlogs, Tidings tidings, MessagingLimits limits)
{
    // Of advisory locks: who makes queues and groups.
    private const long Lock = 0x4d73_6852;

    public async Task RunAsync(List<RegistryWork> works)
    {
        var outcome = await server.RunAsync(connection => MakeAsync(connection, works)).ConfigureAwait(false);
        if (outcome.Value is not { } sheet)
        {
            works.ForEach(work => work.Refuse(outcome.Refusal!));
            return;
        }

        foreach (var (id, backlog) in sheet.Known)
        {
            backlogs.Know(id, backlog);
        }

        foreach (var gone in sheet.Gone)
        {
            if (backlogs.Find(gone) is { } state)
            {
                backlogs.Forget(state);
            }
        }

        if (sheet.IsAnythingWritten)
        {
            tidings.Backlogs();
        }

        works.ForEach(work => work.Answer());
    }

    /// <summary>Learns which there are.</summary>
    public async Task<Refusal?> RefreshAsync()
    {
        var rows = await server.RunAsync(connection => new Batch(connection)
            .Add($"SELECT {BacklogRow.All} FROM backlogs WHERE NOT is_deleted").ListAsync(BacklogRow.Read)).ConfigureAwait(false);
        if (rows.Value is { } all)
        {
            backlogs.KnowAll(all);
        }

        return rows.Refusal;
    }

    /// <summary>One that is there, be it that another engine has made it a moment ago.</summary>
    public async Task<Outcome<BacklogState>> FindAsync(BacklogName name)
    {
        if (backlogs.Find(name) is { } known)
        {
            return known;
        }

        var found = await server.RunAsync(connection => new Batch(connection)
            .Add($"SELECT {BacklogRow.All} FROM backlogs WHERE kind = $1 AND name = $2 AND NOT is_deleted", Batch.Of((long)name.Kind), Batch.Of(name.Name))
            .ListAsync(BacklogRow.Read)).ConfigureAwait(false);
        return found.Value switch
        {
            null => found.Refusal!,
            [var row] => backlogs.Know(row.Id, row.Backlog),
            _ => Refusals.NotFound(name, backlogs.Names),
        };
    }

    private async Task<RegistrySheet> MakeAsync(NpgsqlConnection connection, List<RegistryWork> works)
    {
        var sheet = await new Batch(connection)
            .Add("BEGIN")
            .Add("SELECT pg_advisory_xact_lock($1)::text", Batch.Of(Lock))
            .Add(
                $"""
                SELECT {BacklogRow.All} FROM backlogs WHERE NOT is_deleted AND (kind, name) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY id FOR UPDATE
                """,
                Batch.Of([.. works.Select(work => (long)work.Name.Kind)]), Batch.Of([.. works.Select(work => (string?)work.Name.Name)]))
            .Add("SELECT count(*) FILTER (WHERE kind = 0), count(*) FILTER (WHERE kind = 1) FROM backlogs WHERE NOT is_deleted")
            .Add("SELECT last FROM log")
            .Add("SELECT nextval('numbers') FROM generate_series(1, $1)", Batch.Of((long)works.Count))
            .ReadAsync(async rows =>
            {
                await rows.TakeAsync(_ => 0).ConfigureAwait(false);
                var there = (await rows.TakeAsync(BacklogRow.Read).ConfigureAwait(false)).ToDictionary(row => row.Backlog.Name, row => (row.Id, row.Backlog));
                var counts = await rows.FirstAsync(row => new[] { row.GetInt64(0), row.GetInt64(1) }).ConfigureAwait(false);
                var last = await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false);
                var numbers = await rows.TakeAsync(row => row.GetInt64(0)).ConfigureAwait(false);
                return new RegistrySheet(there, counts!, last, new Queue<long>(numbers.Order()), limits, backlogs.Names);
            }).ConfigureAwait(false);
        works.ForEach(work => work.Decide(sheet));
        var batch = new Batch(connection);
        sheet.Write(batch);
        await batch.Add("COMMIT").RunAsync().ConfigureAwait(false);
        return sheet;
    }
}
