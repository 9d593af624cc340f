namespace Mesh.ControlPlane.Config;

/// <summary>How much of what was is kept.</summary>
internal sealed record HistoryBounds
{
    /// <summary>
    /// Names of deleted resources that are still known, so that a sidecar that was away learns of the deletion; default 10,000. The
    /// longest deleted are forgotten, with their versions.
    /// </summary>
    public int MaxDeleted { get; init; } = 10_000;

    /// <summary>Bytes that former versions of all resources have together; default 256 MiB in a file, 64 MiB in memory. The oldest go first.</summary>
    public long MaxBytes { get; init; } = 64 * 1024 * 1024;
}
