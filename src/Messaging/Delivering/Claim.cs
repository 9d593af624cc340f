namespace Mesh.Messaging.Delivering;

/// <summary>A consumer asks for messages.</summary>
public sealed record Claim
{
    /// <summary>Who asks: whose leases come back together (<see cref="IMessageEngine.ReturnAsync"/>); 1 to 256 characters.</summary>
    public required string Holder { get; init; }

    /// <summary>Messages at most, 1 to 1,000; default 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Bytes of content at most, 1 or more; one message is given whatever its size. Default 16 MiB.</summary>
    public long Bytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>1 s to 12 h. Default: the queue's or group's.</summary>
    public TimeSpan? Lease { get; init; }
}
