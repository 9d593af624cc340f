namespace Mesh.Sidecar.Health;

/// <summary>How the app stands.</summary>
internal enum AppStatus
{
    /// <summary>It has not passed a check yet.</summary>
    Starting,
    Healthy,
    Unhealthy,
}

/// <summary>How the app stands, and why. Immutable.</summary>
/// <param name="Status">How.</param>
/// <param name="Reason">Why it is not healthy; empty if it is.</param>
/// <param name="Since">When the status became so.</param>
internal sealed record AppHealth(AppStatus Status, string Reason, DateTimeOffset Since);
