using Mesh.Messaging.Messages;

namespace Mesh.Messaging.Queues;

/// <summary>A message for a queue, and how it is to be delivered.</summary>
public sealed record QueueMessage
{
    /// <summary>Higher ones are delivered first.</summary>
    public const int MaxPriority = 9;

    /// <summary>What is said.</summary>
    public required Message Message { get; init; }

    /// <summary>A second one with this key is not added for ten minutes, over restarts as well; up to 256 characters. Default: none.</summary>
    public string? DeduplicationKey { get; init; }

    /// <summary>Not delivered earlier, 0 to 365 days; default 0.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Not delivered later, 1 ms to 365 days, the delay within it. Default: at any time.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>0 to 9; default 0.</summary>
    public int Priority { get; init; }
}
