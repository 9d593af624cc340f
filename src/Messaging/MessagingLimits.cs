namespace Mesh.Messaging;

/// <summary>What an engine takes. Who goes beyond one is told which.</summary>
public sealed record MessagingLimits
{
    /// <summary>Of one message, its attributes among them, in bytes, 1 KiB to 64 MiB; default 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Messages in one request, 1 to 10,000; default 1,000.</summary>
    public int MaxBatch { get; init; } = 1_000;

    /// <summary>Queues, 1 to 1,000,000; default 20,000.</summary>
    public int MaxQueues { get; init; } = 20_000;

    /// <summary>Groups, 1 to 100,000; default 1,000.</summary>
    public int MaxGroups { get; init; } = 1_000;

    /// <summary>Types of events, and sources, that the log knows, of each 1 to 1,000,000; default 10,000.</summary>
    public int MaxNames { get; init; } = 10_000;

    /// <summary>Events of a group that stand behind others of their key, 1 to 1,000,000; default 10,000. The group takes no more from the log until there are fewer.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>On the disk, in bytes, 1 MiB to 16 TiB; default 16 GiB. Beyond it nothing more is published; all else goes on.</summary>
    public long MaxDiskBytes { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>What has been published and is not on the disk yet, in bytes; default 64 MiB.</summary>
    public long MaxUnwrittenBytes { get; init; } = 64L * 1024 * 1024;
}
