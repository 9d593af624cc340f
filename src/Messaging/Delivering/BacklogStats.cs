namespace Mesh.Messaging.Delivering;

/// <summary>How a queue or a group stands. What is counted since the engine started is, in a database that several share, counted since it was made.</summary>
public sealed record BacklogStats
{
    /// <summary>Which.</summary>
    public required BacklogName Name { get; init; }

    /// <summary>Can be claimed; of a group without <see cref="Behind"/>.</summary>
    public long Ready { get; init; }

    /// <summary>Somebody has them.</summary>
    public long Leased { get; init; }

    /// <summary>Will be ready later.</summary>
    public long Delayed { get; init; }

    /// <summary>Stand behind others of their key.</summary>
    public long Waiting { get; init; }

    /// <summary>Dead letters.</summary>
    public long Dead { get; init; }

    /// <summary>Of a group: the last event that it has looked at.</summary>
    public long Position { get; init; }

    /// <summary>Of a group: events of any kind behind its position, at most.</summary>
    public long Behind { get; init; }

    /// <summary>Of a group: events that went by age before it took them.</summary>
    public long Missed { get; init; }

    /// <summary>How long the oldest that is ready has been there; null if none is.</summary>
    public TimeSpan? OldestAge { get; init; }

    /// <summary>Added since the engine started.</summary>
    public long Published { get; init; }

    /// <summary>Handed out since the engine started, each time counted.</summary>
    public long Delivered { get; init; }

    /// <summary>Acknowledged since the engine started.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Gone since the engine started since their time was over.</summary>
    public long Expired { get; init; }
}
