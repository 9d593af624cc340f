using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>The tables on one connection: the writer's.</summary>
internal sealed class AllTables
{
    public AllTables(Database database)
    {
        Database = database;
        Names = new NameTable(database);
        Events = new EventTable(database, Names);
        Bodies = new BodyTable(database, Names);
        Entries = new EntryTable(database);
        Backlogs = new BacklogTable(database);
        Seen = new SeenTable(database);
        Meta = new MetaTable(database);
    }

    public Database Database { get; }

    public NameTable Names { get; }

    public EventTable Events { get; }

    public BodyTable Bodies { get; }

    public EntryTable Entries { get; }

    public BacklogTable Backlogs { get; }

    public SeenTable Seen { get; }

    public MetaTable Meta { get; }
}
