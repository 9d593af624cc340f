namespace Mesh.ControlPlane.Store;

/// <summary>How a history begins.</summary>
internal static class StoreHistory
{
    /// <summary>A new store's id.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N");

    /// <summary>
    /// The revision before its first. Above whatever an earlier history has handed out, as long as the clock did not go back:
    /// none makes 1024 changes every millisecond. So a watcher that resumes from an earlier history's revision is sent a
    /// snapshot. The result is below 2^53 until the year 2248, and survives JSON readers that know only doubles.
    /// </summary>
    public static long FirstRevision(TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds() << 10;
}
