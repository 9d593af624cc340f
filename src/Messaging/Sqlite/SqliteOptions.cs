namespace Mesh.Messaging.Sqlite;

/// <summary>How the engine in a file works.</summary>
public sealed record SqliteOptions
{
    /// <summary>What it takes.</summary>
    public MessagingLimits Limits { get; init; } = new();

    /// <summary>
    /// A file of up to this many bytes is looked through at the start, every page and every row of an index; of a larger one damage is found as it
    /// is read. Default 2 GiB.
    /// </summary>
    public long MaxCheckedBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>
    /// How long the write-ahead log gets, in bytes, 1 MiB to 1 GiB; default 64 MiB. It is taken over into the file all the time, and begun anew when
    /// it is as long as that.
    /// </summary>
    public long MaxLogBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Whether what is acknowledged is on the disk. Default, and to be left at, true: without it a power cut takes what was acknowledged. It is
    /// there to show that the tests of power loss would find that.
    /// </summary>
    internal bool IsSynced { get; init; } = true;
}
