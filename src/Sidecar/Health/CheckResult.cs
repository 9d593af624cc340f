namespace Mesh.Sidecar.Health;

/// <summary>What one check has found.</summary>
/// <param name="IsHealthy">Whether it passed.</param>
/// <param name="Reason">Why not, for people; empty if it passed.</param>
internal readonly record struct CheckResult(bool IsHealthy, string Reason)
{
    public static readonly CheckResult Passed = new(true, "");

    public static CheckResult Failed(string reason) => new(false, reason);
}
