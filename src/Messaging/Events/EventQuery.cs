namespace Mesh.Messaging.Events;

/// <summary>A question about the history.</summary>
public sealed record EventQuery
{
    /// <summary>Which events.</summary>
    public EventFilter Filter { get; init; } = EventFilter.All;

    /// <summary>Not those taken before. Default: from the oldest.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Not those taken then or later. Default: to the newest.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Newest first. Default: oldest first.</summary>
    public bool IsNewestFirst { get; init; }

    /// <summary>Where the page before ended (<see cref="EventPage.Next"/>). Default: the first page.</summary>
    public long? After { get; init; }

    /// <summary>Events in a page, 1 to 1,000; default 100.</summary>
    public int PageSize { get; init; } = 100;
}
