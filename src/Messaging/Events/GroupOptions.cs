using Mesh.Messaging.Delivering;

namespace Mesh.Messaging.Events;

/// <summary>What a group of consumers shares.</summary>
public sealed record GroupOptions
{
    /// <summary>Which events it takes. It stays as it was when the group was made.</summary>
    public EventFilter Filter { get; init; } = EventFilter.All;

    /// <summary>How they are delivered.</summary>
    public DeliveryRules Rules { get; init; } = new();

    /// <summary>A new group begins behind this sequence: 0 is the oldest event there is. Default: with what comes from now on.</summary>
    public long? StartAfter { get; init; }
}
