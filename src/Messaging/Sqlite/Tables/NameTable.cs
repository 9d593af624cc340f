using System.Collections.Concurrent;
using Mesh.Messaging.Events;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>
/// Types and sources, each written once and then known by its number. Only the writer gives numbers; any thread looks them up. What is
/// known here and was not committed is forgotten by <see cref="Forget"/>.
/// </summary>
internal sealed class NameTable
{
    public const int Type = 0;
    public const int Source = 1;

    private readonly Statement _insert;
    private readonly Statement _retain;
    private readonly ConcurrentDictionary<(int Kind, string Text), long> _numbers = new();
    private readonly ConcurrentDictionary<long, string> _texts = new();
    private readonly ConcurrentDictionary<long, Retention> _retentions = new();
    private readonly int[] _counts = new int[2];
    private long _last;

    public NameTable(Database database)
    {
        _insert = database.Prepare("INSERT INTO names (id, kind, text) VALUES (?, ?, ?)");
        _retain = database.Prepare("UPDATE names SET max_count = ?, max_age = ? WHERE id = ?");
        using var all = database.Prepare("SELECT id, kind, text, max_count, max_age FROM names");
        while (all.Step())
        {
            Know(all.Int(0), (int)all.Int(1), all.Text(2)!);
            if (all.Number(3) is { } count && all.Number(4) is { } age)
            {
                _retentions[all.Int(0)] = new Retention(count, TimeSpan.FromMilliseconds(age));
            }
        }

        // For messages of queues, which have no type.
        if (_last == 0)
        {
            Add(Type, "");
        }
    }

    /// <summary>Of types with a retention of their own.</summary>
    public Retention RetentionOf(long type) => _retentions.GetValueOrDefault(type, Retention.Default);

    public int Count(int kind) => _counts[kind];

    public IEnumerable<long> Types => _numbers.Where(name => name.Key.Kind == Type && name.Key.Text.Length != 0).Select(name => name.Value);

    public long? Find(int kind, string text) => _numbers.TryGetValue((kind, text), out var number) ? number : null;

    /// <returns>A text that no name has, if the number is none: the row that has it is damaged, which its checksum tells.</returns>
    public string TextOf(long number) => _texts.GetValueOrDefault(number, "\0");

    public long Add(int kind, string text)
    {
        _insert.Bind(_last + 1).Bind(kind).Bind(text).Run();
        Know(_last + 1, kind, text);
        return _last;
    }

    public void Retain(long type, Retention retention)
    {
        _retain.Bind(retention.Count).Bind((long)retention.MaxAge.TotalMilliseconds).Bind(type).Run();
        Remember(type, retention);
    }

    public void Remember(long type, Retention retention) => _retentions[type] = retention;

    public void Forget(int kind, string text)
    {
        if (_numbers.TryRemove((kind, text), out var number))
        {
            _texts.TryRemove(number, out _);
            _retentions.TryRemove(number, out _);
            _counts[kind]--;
        }
    }

    private void Know(long number, int kind, string text)
    {
        _numbers[(kind, text)] = number;
        _texts[number] = text;
        _counts[kind]++;
        _last = Math.Max(_last, number);
    }
}
