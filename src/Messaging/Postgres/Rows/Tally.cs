using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Postgres.Rows;

/// <summary>How many messages of a queue or group stand where, and what has been done; or by how much a transaction changes that.</summary>
internal sealed class Tally
{
    public const string Columns = "ready, leased, retrying, waiting, scheduled, dead, published, delivered, acknowledged, expired, bytes";

    private const int Phases = 6;

    private readonly long[] _phases = new long[Phases];

    public long Published { get; set; }

    public long Delivered { get; set; }

    public long Acknowledged { get; set; }

    public long Expired { get; set; }

    /// <summary>Of content.</summary>
    public long Bytes { get; set; }

    public long Length => _phases.Sum();

    public long this[Phase phase]
    {
        get => _phases[(int)phase];
        set => _phases[(int)phase] = value;
    }

    public static Tally Read(NpgsqlDataReader row, int from)
    {
        var tally = new Tally();
        for (var i = 0; i < Phases; i++)
        {
            tally._phases[i] = row.GetInt64(from + i);
        }

        (tally.Published, tally.Delivered, tally.Acknowledged) = (row.GetInt64(from + 6), row.GetInt64(from + 7), row.GetInt64(from + 8));
        (tally.Expired, tally.Bytes) = (row.GetInt64(from + 9), row.GetInt64(from + 10));
        return tally;
    }

    /// <summary>Notes by how much a claim changes a queue's, without its lock.</summary>
    public void Note(Batch batch, long backlog) => batch.Add(
        "INSERT INTO tallies (backlog, ready, leased, delivered) VALUES ($1, $2, $3, $4)",
        Batch.Of(backlog), Batch.Of(this[Phase.Ready]), Batch.Of(this[Phase.Leased]), Batch.Of(Delivered));

    /// <summary>Adds this to a queue's or group's, takes the content of those from it that go, and gives those content of their own that outlive their event.</summary>
    /// <param name="batch">To which it is added.</param>
    /// <param name="backlog">Of which.</param>
    /// <param name="gone">Entries that go.</param>
    /// <param name="kept">Entries, and the sequences of their events.</param>
    public void Apply(Batch batch, long backlog, long[] gone, IReadOnlyCollection<KeyValuePair<long, long>> kept) => batch.Add(
        """
        WITH gone AS (DELETE FROM bodies WHERE id = ANY($13) RETURNING octet_length(content) AS size),
        kept AS (
            INSERT INTO bodies (id, type, source, at, content)
            SELECT u.id, v.type, v.source, v.at, v.content FROM unnest($14::bigint[], $15::bigint[]) u(id, event) JOIN events v ON v.sequence = u.event
            ON CONFLICT DO NOTHING RETURNING octet_length(content) AS size),
        folded AS (DELETE FROM tallies WHERE backlog = $1 RETURNING ready, leased, delivered),
        claimed AS (SELECT coalesce(sum(ready), 0)::bigint AS ready, coalesce(sum(leased), 0)::bigint AS leased, coalesce(sum(delivered), 0)::bigint AS delivered FROM folded)
        UPDATE backlogs b SET ready = b.ready + $2 + claimed.ready, leased = b.leased + $3 + claimed.leased, retrying = retrying + $4, waiting = waiting + $5, scheduled = scheduled + $6,
            dead = dead + $7, published = published + $8, delivered = b.delivered + $9 + claimed.delivered, acknowledged = acknowledged + $10, expired = expired + $11,
            bytes = bytes + $12 + (SELECT coalesce(sum(size), 0) FROM kept)::bigint - (SELECT coalesce(sum(size), 0) FROM gone)::bigint
        FROM claimed WHERE id = $1
        """,
        Batch.Of(backlog), Batch.Of(_phases[0]), Batch.Of(_phases[1]), Batch.Of(_phases[2]), Batch.Of(_phases[3]), Batch.Of(_phases[4]), Batch.Of(_phases[5]),
        Batch.Of(Published), Batch.Of(Delivered), Batch.Of(Acknowledged), Batch.Of(Expired), Batch.Of(Bytes), Batch.Of(gone),
        Batch.Of([.. kept.Select(one => one.Key)]), Batch.Of([.. kept.Select(one => one.Value)]));
}
