using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>What is wrong with what a sidecar sends on its registration's stream: a line per fault, by field.</summary>
internal static class RegistrationFaults
{
    private const int MaxReason = 1024;

    public static IReadOnlyList<string> Of(Registration registration)
    {
        var faults = InstanceValidation.Validate(registration);
        // A static file may leave the id out; who registers is known by it.
        return registration.Instance is { Id.Length: 0 }
            ? ["instance.id: is missing; the sidecar makes one up", .. faults]
            : faults;
    }

    public static IReadOnlyList<string> Of(Heartbeat heartbeat)
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(heartbeat.Status))
            faults.Add($"heartbeat.status: {(int)heartbeat.Status} is no status");
        if (heartbeat.StatusReason.Length > MaxReason)
            faults.Add($"heartbeat.status_reason: {heartbeat.StatusReason.Length} characters are too many; at most {MaxReason}");
        else if (PrintableText.WhyNot(heartbeat.StatusReason) is { } why)
            faults.Add($"heartbeat.status_reason: {why}");
        return faults;
    }
}
