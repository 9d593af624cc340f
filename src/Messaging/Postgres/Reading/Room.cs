using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Reading;

/// <summary>
/// How much content the database may hold for us: beyond that publishing is refused, with who holds the room. It is measured with each beat, and what
/// is published here meanwhile is added; once there may be too much, before each publish. Any thread.
/// </summary>
internal sealed class Room(Server server, long max)
{
    private long _used;

    /// <summary>So much more is published.</summary>
    /// <returns>Null if there is room for it.</returns>
    public async Task<Refusal?> WhyNotAsync(long bytes) =>
        Interlocked.Add(ref _used, bytes) < max ? null : await MeasureAsync().ConfigureAwait(false);

    public async Task<Refusal?> MeasureAsync()
    {
        var found = await server.RunAsync(connection => new Batch(connection)
            .Add("SELECT (SELECT bytes FROM log) + (SELECT coalesce(sum(bytes), 0) FROM backlogs)::bigint")
            .Add("SELECT kind, name, ready + leased + retrying + waiting + scheduled + dead, dead FROM backlogs WHERE NOT is_deleted ORDER BY bytes DESC LIMIT 1")
            .ReadAsync(async rows => (
                Used: await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false),
                Longest: await rows.TakeAsync(row => (Name: new BacklogName((BacklogKind)row.GetInt64(0), row.GetString(1)), Length: row.GetInt64(2), Dead: row.GetInt64(3)))
                    .ConfigureAwait(false)))).ConfigureAwait(false);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var (used, longest) = found.Value;
        Volatile.Write(ref _used, used);
        return used < max ? null
            : longest is [var one] ? Refusals.NoRoom(used, max, one.Name, one.Length, one.Dead)
            : Refusals.NoRoom(used, max, null, 0, 0);
    }
}
