namespace Mesh.Messaging.Delivering;

/// <summary>How a queue or a group delivers.</summary>
public sealed record DeliveryRules
{
    /// <summary>How long who has claimed a message may keep it without a word, 1 s to 12 h; default 30 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Deliveries before a message is a dead letter, 1 to 1,000; default 10.</summary>
    public int MaxDeliveries { get; init; } = 10;

    /// <summary>Null if they can be followed; else which is out of its range.</summary>
    public string? WhyNot() =>
        Lease < TimeSpan.FromSeconds(1) || Lease > TimeSpan.FromHours(12) ? $"a lease of {Lease.TotalSeconds} s: 1 s to 12 h are allowed"
        : MaxDeliveries is < 1 or > 1000 ? $"{MaxDeliveries} deliveries at most: 1 to 1000 are allowed"
        : null;
}
