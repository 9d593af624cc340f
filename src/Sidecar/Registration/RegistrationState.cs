namespace Mesh.Sidecar.Registration;

/// <summary>How the registration of the app stands, for people. Immutable.</summary>
/// <param name="IsRegistered">A control plane holds the lease, and we hold its stream.</param>
/// <param name="Since">When that became so.</param>
/// <param name="Address">What is registered.</param>
/// <param name="LeaseTtl">As the control plane has set it; null before the first registration.</param>
/// <param name="LastError">Why it was lost, or did not come about; null if neither.</param>
/// <param name="Refusal">Why the control plane does not want it, as it says: another process has the instance id; null if it does, or nobody knows.</param>
internal sealed record RegistrationState(
    bool IsRegistered, DateTimeOffset Since, string Address, TimeSpan? LeaseTtl, string? LastError, string? Refusal = null);
