using Mesh.Messaging.Delivering;

namespace Mesh.Messaging.Queues;

/// <summary>What a queue is like.</summary>
public sealed record QueueOptions
{
    /// <summary>How its messages are delivered.</summary>
    public DeliveryRules Rules { get; init; } = new();

    /// <summary>Messages that it may hold, dead letters among them, 1 to 100,000,000; default 1,000,000.</summary>
    public long MaxLength { get; init; } = 1_000_000;
}
