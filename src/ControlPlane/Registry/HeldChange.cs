using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>What an instance's sidecar has said last while its changes came too quickly to be stored one by one. Immutable.</summary>
/// <param name="Registration">The last registration; null if there was none.</param>
/// <param name="KeepStatus">The registration came from the stream that has registered the instance before: it changes no status.</param>
/// <param name="Status">Said by a heartbeat since; unspecified if none did.</param>
/// <param name="Reason">Goes with the status.</param>
internal sealed record HeldChange(Registration? Registration, bool KeepStatus, ServiceStatus Status, string Reason)
{
    /// <param name="former">What was held before; what it says of the status holds unless this says something.</param>
    /// <param name="registration">What the sidecar says now.</param>
    /// <param name="keepStatus">It comes from the same stream.</param>
    public static HeldChange Of(HeldChange? former, Registration registration, bool keepStatus) =>
        registration.Instance.Status != ServiceStatus.Unspecified || former is null || !keepStatus
            ? new HeldChange(registration, keepStatus, ServiceStatus.Unspecified, "")
            : former with { Registration = registration, KeepStatus = former.Registration is null || former.KeepStatus };

    /// <inheritdoc cref="Of(HeldChange?, Registration, bool)"/>
    public static HeldChange Of(HeldChange? former, Heartbeat heartbeat) =>
        new(former?.Registration, former?.KeepStatus ?? true, heartbeat.Status, heartbeat.StatusReason);

    /// <summary>The status that its instance has then.</summary>
    public ServiceStatus StatusAfter(RegisteredInstance stored) =>
        Status != ServiceStatus.Unspecified ? Status
        : Registration is { Instance.Status: not ServiceStatus.Unspecified and var status } ? status
        : Registration is not null && !KeepStatus ? ServiceStatus.Starting
        : stored.Instance.Status;

    /// <summary>What is to be stored for it; null if all is so already.</summary>
    public Batch? ToBatch(RegistryState state, RegisteredInstance stored, string owner, DateTimeOffset now)
    {
        if (Registration is null)
        {
            return RegistrationBatch.Status(stored, Status, Reason);
        }

        var registration = Registration;
        if (Status != ServiceStatus.Unspecified)
        {
            registration = registration.Clone();
            (registration.Instance.Status, registration.Instance.StatusReason) = (Status, Reason);
        }

        return RegistrationBatch.Registration(state, registration, owner, KeepStatus, now);
    }
}
