using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>What the registry says, for tests that wait for it.</summary>
internal static class RegistryReading
{
    public static async Task<IReadOnlyList<Instance>> InstancesAsync(this ControlPlane plane, string service) =>
        (await new Registry.RegistryClient(plane.Channel).ListInstancesAsync(
            new ListInstancesRequest { Service = service }, cancellationToken: Bound.Token)).Instances;

    /// <summary>Waits until exactly these are registered and healthy.</summary>
    public static Task HealthyAsync(this ControlPlane plane, string service, params string[] ids) => Bound.UntilAsync(
        async () => (await plane.InstancesAsync(service)).Where(i => i.Status == ServiceStatus.Healthy).Select(i => i.Id).Order().SequenceEqual(ids),
        () => $"{string.Join(", ", ids)} of {service} registered and healthy");
}
