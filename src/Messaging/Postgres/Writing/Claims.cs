using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// Hands out messages: those that are ready and that nobody else is about to take, and to groups then events from the log, which are entries from then on.
/// All claims of a queue that have gathered share a transaction.
/// </summary>
internal sealed class Claims(
    Server server, Self self, Backlogs backlogs, EngineClock clock, LeaseBook leases, Alarm alarm, DamageReport damage, MessagingLimits limits)
{
    // Of entries, in one round trip, and of content.
    private const int Slice = 256;
    private const long SliceBytes = 16 * 1024 * 1024;

    // The sizes before it say whether there is room for an entry's content: it is not sent if not. One is sent whatever its size.
    private const string Ready = $"""
        WITH picked AS MATERIALIZED (
            SELECT * FROM entries WHERE backlog = $1 AND phase = 0 ORDER BY priority DESC, id LIMIT $2 FOR UPDATE SKIP LOCKED),
        found AS (
            SELECT e.*, coalesce(e.event, e.id) AS number, coalesce(v.type, b.type) AS type, coalesce(v.source, b.source) AS source, coalesce(v.at, b.at) AS at,
                coalesce(v.content, b.content) AS content, coalesce(octet_length(v.content), octet_length(b.content), 0) AS size
            FROM picked e LEFT JOIN events v ON v.sequence = e.event LEFT JOIN bodies b ON b.id = e.id),
        sized AS (SELECT *, sum(size) OVER (ORDER BY priority DESC, id) - size AS before FROM found)
        SELECT {EntryColumns.OfE}, e.number, e.type, e.source, e.at, CASE WHEN e.before < $3 THEN e.content END, e.before < $3
        FROM sized e ORDER BY e.priority DESC, e.id
        """;

    public async Task RunAsync(BacklogState state, List<ClaimWork> works)
    {
        var wakes = state.Wakes;
        var outcome = await server.RunAsync(connection => MakeAsync(connection, state, works)).ConfigureAwait(false);
        if (outcome.Refusal is { } refusal)
        {
            works.ForEach(work => work.Refuse(refusal));
            return;
        }

        if (outcome.Value is not { } turn)
        {
            backlogs.Forget(state);
            var gone = Refusals.NotFound(state.Name, backlogs.Names);
            works.ForEach(work => work.Refuse(gone));
            return;
        }

        leases.Apply(turn.Sheet.Leased, turn.Sheet.Released, turn.Sheet.Now);
        alarm.NotLaterThan(leases.Next);
        if (!turn.IsMore)
        {
            state.FoundNothing(wakes);
        }

        if (turn.Damaged.Count > 0)
        {
            state.Changes.Add(Answers.Condemn(turn.Damaged));
        }

        works.ForEach(work => work.Answer());
    }

    private async Task<ClaimTurn?> MakeAsync(NpgsqlConnection connection, BacklogState state, List<ClaimWork> works)
    {
        // A group's position is one for all. Of a queue no claim waits for another transaction, so that none can wait for it in a circle.
        var isGroup = state.Name.Kind == BacklogKind.Group;
        var now = clock.Now;
        var row = (await new Batch(connection)
            .Add("BEGIN")
            .Add($"SELECT {BacklogRow.All} FROM backlogs WHERE id = $1 AND NOT is_deleted{(isGroup ? " FOR UPDATE" : "")}", Batch.Of(state.Id))
            .ListAsync(BacklogRow.Read).ConfigureAwait(false)).FirstOrDefault();
        if (row is null)
        {
            await new Batch(connection).Add("COMMIT").RunAsync().ConfigureAwait(false);
            return null;
        }

        var turn = new ClaimTurn(new Sheet(row, new SheetRows(), self.Id, now, clock.Wall, damage), row, works);
        var areAllFound = await TakeReadyAsync(connection, turn).ConfigureAwait(false);
        var position = isGroup && areAllFound && turn.Basket is not null
            ? await new GroupTaking(connection, limits, damage).TakeAsync(turn).ConfigureAwait(false)
            : turn.Row.Position;
        turn.End();
        await WriteAsync(connection, turn, position).ConfigureAwait(false);
        return turn;
    }

    /// <returns>Whether nothing that is ready is left.</returns>
    private static async Task<bool> TakeReadyAsync(NpgsqlConnection connection, ClaimTurn turn)
    {
        while (true)
        {
            var wanted = Math.Min(turn.Room, Slice);
            var batch = new Batch(connection);
            turn.Sheet.Write(batch);
            var found = await batch.Add(Ready, Batch.Of(turn.Row.Id), Batch.Of(wanted), Batch.Of(Math.Min(turn.RoomBytes, SliceBytes)))
                .ListAsync(one => (Entry: EntryColumns.Read(one), Content: ContentColumns.Read(one, EntryColumns.Count), IsSent: one.GetBoolean(EntryColumns.Count + 5)))
                .ConfigureAwait(false);
            var given = turn.Sheet.Delta.Delivered;
            var isRoom = found.TakeWhile(one => one.IsSent).All(one => turn.Offer(one.Entry, one.Content));
            var isMore = found.Count == wanted || found.Exists(one => !one.IsSent);
            turn.IsMore |= !isRoom || (isMore && turn.Basket is null);
            if (!isRoom || !isMore || turn.Basket is null)
            {
                return isRoom && !isMore;
            }

            if (turn.Sheet.Delta.Delivered == given)
            {
                // What stands in front cannot be delivered, and goes by itself in a moment.
                turn.IsMore = true;
                return false;
            }
        }
    }

    private static async Task WriteAsync(NpgsqlConnection connection, ClaimTurn turn, long position)
    {
        var batch = new Batch(connection);
        turn.Sheet.Write(batch);
        if (turn.Sheet.IsAnythingChanged && turn.Row.Backlog.Group is null)
        {
            turn.Sheet.Delta.Note(batch, turn.Row.Id);
        }
        else if (turn.Sheet.IsAnythingChanged)
        {
            turn.Sheet.WriteCounts(batch);
        }

        if (position != turn.Row.Position)
        {
            batch.Add("UPDATE backlogs SET position = $2 WHERE id = $1", Batch.Of(turn.Row.Id), Batch.Of(position));
        }

        await batch.Add("COMMIT").RunAsync().ConfigureAwait(false);
    }
}
