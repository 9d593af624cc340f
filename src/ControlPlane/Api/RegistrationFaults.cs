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
        var status = Enum.IsDefined(heartbeat.Status) ? null : $"heartbeat.status: {(int)heartbeat.Status} is no status";
        var reason = heartbeat.StatusReason.Length > MaxReason
            ? $"heartbeat.status_reason: {heartbeat.StatusReason.Length} characters are too many; at most {MaxReason}"
            : PrintableText.WhyNot(heartbeat.StatusReason) is { } why ? $"heartbeat.status_reason: {why}" : null;
        return (status, reason) switch
        {
            (null, null) => [],
            (null, { } only) => [only],
            ({ } only, null) => [only],
            var (first, second) => [first, second],
        };
    }
}
