using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>
/// Gives the numbers of events and entries, none twice. The log keeps its newest event always, and so knows its last number; of entries so
/// many are set aside at a time, since the last one may be gone.
/// </summary>
internal sealed class Numbers
{
    private const string Reserved = "entries";
    private const long Step = 65_536;

    private readonly AllTables _tables;
    private long _lastEntry;
    private long _reserved;

    public Numbers(AllTables tables)
    {
        _tables = tables;
        LastEvent = tables.Events.Last;
        _lastEntry = _reserved = tables.Meta.Find(Reserved) ?? 0;
    }

    /// <summary>With what the present transaction adds.</summary>
    public long LastEvent { get; private set; }

    /// <summary>The last that was given.</summary>
    public long LastEntry => _lastEntry;

    public long NextEvent(Turn turn)
    {
        if (turn.Appended.Count == 0)
        {
            var before = LastEvent;
            turn.OnUndo(() => LastEvent = before);
        }

        return ++LastEvent;
    }

    public long NextEntry(Turn turn)
    {
        if (_lastEntry == _reserved)
        {
            var before = _reserved;
            turn.OnUndo(() => _lastEntry = _reserved = before);
            _tables.Meta.Set(Reserved, _reserved += Step);
        }

        return ++_lastEntry;
    }
}
