namespace Mesh.Sidecar.Outbox;

/// <summary>What became of what was to be kept.</summary>
internal enum OutboxAnswer
{
    /// <summary>It is on the disk, and is delivered later.</summary>
    Kept,

    /// <summary>As much waits already as may.</summary>
    Full,

    /// <summary>The disk does not take it.</summary>
    Failed,
}
