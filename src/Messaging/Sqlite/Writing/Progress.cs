namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>How far something is that takes several transactions.</summary>
internal sealed class Progress
{
    public long Count { get; set; }

    public long After { get; set; }

    /// <summary>What comes behind it is not meant.</summary>
    public long? Until { get; set; }

    /// <summary>One more transaction: what it adds goes with it if it comes to nothing.</summary>
    public void Begin(Turn turn)
    {
        var (count, after, until) = (Count, After, Until);
        turn.OnUndo(() => (Count, After, Until) = (count, after, until));
    }
}
