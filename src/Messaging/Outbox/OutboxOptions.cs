namespace Mesh.Messaging.Outbox;

/// <summary>How an outbox is read.</summary>
public sealed record OutboxOptions
{
    /// <summary>How long after the last row it is looked for the next, 10 ms to 1 min; default 200 ms. To look costs the database one step in an index.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long it is waited before what did not go well is tried again, 100 ms to 10 min; default 1 s.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows that are published in one transaction, 1 to 1,000; default 100.</summary>
    public int Batch { get; init; } = 100;

    /// <summary>How long rows stay that have been published, 0 to 365 days; default 1 day.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(1);
}
