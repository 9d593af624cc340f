using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Reading;

/// <summary>
/// Reads the log on a connection of its own, beside the writer. Each read is a short transaction over a bounded number of rows: none keeps the
/// write-ahead log from being cut.
/// </summary>
internal sealed class Reader(string path, NameTable names) : IDisposable
{
    // For one page: who wants more asks again.
    private const int MostLookedAt = 5_000;

    private const string Columns = "sequence, type, source, at, content";

    private readonly Database _database = Database.Open(path, isReader: true);
    private readonly Dictionary<string, Statement> _statements = [];

    /// <param name="range">Which sequences, and from which end.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="count">Events at most.</param>
    /// <param name="bytes">Of content, at most; one event is given whatever its size.</param>
    /// <returns>What was found, the last sequence that was looked at if there is more, and whether there is.</returns>
    public (List<StoredMessage> Events, long Last, bool IsMore) Read(ReadRange range, EventFilter filter, int count, long bytes)
    {
        var statement = Select(range, filter);
        var (found, size, last) = (new List<StoredMessage>(), 0L, range.IsNewestFirst ? range.Until : range.After);
        for (var looked = 0; statement.Step(); looked++)
        {
            var row = ContentRow.Read(statement, names);
            var isMeant = row.Damage is null ? filter.Matches(row.Message) : filter.MatchesType(row.Message.Type);
            if (looked == MostLookedAt || (isMeant && (found.Count == count || (found.Count > 0 && size + row.Message.Data.Length > bytes))))
            {
                statement.Reset();
                return (found, last, true);
            }

            last = row.Sequence;
            if (isMeant)
            {
                found.Add(row);
                size += row.Message.Data.Length;
            }
        }

        return (found, last, false);
    }

    public long First => Prepared("SELECT min(sequence) FROM events").Read() ?? 0;

    /// <summary>The last event that was taken before a time. Times follow the sequence, as long as nobody sets the clock back.</summary>
    public long PositionAt(long time)
    {
        var (low, high) = (First - 1, Prepared("SELECT max(sequence) FROM events").Read() ?? 0);
        while (low < high)
        {
            // The rows have gaps: the first one behind the middle stands for it.
            var middle = low + (high - low) / 2;
            var row = Prepared("SELECT sequence, at FROM events WHERE sequence > ? ORDER BY sequence LIMIT 1").Bind(middle);
            var (sequence, at) = row.Step() ? (row.Int(0), row.Int(1)) : (high, long.MaxValue);
            row.Reset();
            (low, high) = at < time ? (sequence, high) : (low, middle);
        }

        return Math.Max(0, high);
    }

    public void Dispose() => _database.Dispose();

    private Statement Select(ReadRange range, EventFilter filter)
    {
        var order = range.IsNewestFirst ? "DESC" : "ASC";
        var rest = $"sequence > ? AND sequence < ? ORDER BY sequence {order}";
        if (filter.CorrelationId is { } correlation)
        {
            return Prepared($"SELECT {Columns} FROM events WHERE correlation = ? AND correlation IS NOT NULL AND {rest}").Bind(correlation).Bind(range.After).Bind(range.Until);
        }

        // A name that is not known has no events.
        if (filter.Types is [var only] && TypePattern.IsExact(only))
        {
            return Prepared($"SELECT {Columns} FROM events WHERE type = ? AND {rest}").Bind(names.Find(NameTable.Type, only) ?? 0).Bind(range.After).Bind(range.Until);
        }

        return filter.Source is { } source
            ? Prepared($"SELECT {Columns} FROM events WHERE source = ? AND {rest}").Bind(names.Find(NameTable.Source, source) ?? 0).Bind(range.After).Bind(range.Until)
            : Prepared($"SELECT {Columns} FROM events WHERE {rest}").Bind(range.After).Bind(range.Until);
    }

    private Statement Prepared(string text)
    {
        if (!_statements.TryGetValue(text, out var statement))
        {
            _statements.Add(text, statement = _database.Prepare(text));
        }

        return statement;
    }
}
