using System.Globalization;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>The registry's contents as tables.</summary>
internal static class RegistryTables
{
    public static void WriteServices(TextWriter output, IEnumerable<Service> services) => TextTable.Write(
        output,
        ["SERVICE", "STATUS", "HEALTHY", "VERSION", "CALLS"],
        services.Select(service => (string[])
        [
            service.Name,
            Name(service.Status),
            string.Create(CultureInfo.InvariantCulture, $"{service.HealthyCount}/{service.InstanceCount}"),
            OrDash(service.Version),
            OrDash(string.Join(",", service.Dependencies)),
        ]));

    public static void WriteInstances(TextWriter output, IEnumerable<Instance> instances) => TextTable.Write(
        output,
        ["SERVICE", "INSTANCE", "ADDRESS", "STATUS", "WEIGHT", "LOCALITY", "VERSION", "REASON"],
        instances.Select(instance => (string[])
        [
            instance.Service,
            instance.Id,
            Address(instance),
            Name(instance.Status),
            (instance.Weight == 0 ? 100 : instance.Weight).ToString(CultureInfo.InvariantCulture),
            OrDash(string.Join('/', new[] { instance.Locality?.Region, instance.Locality?.Zone }.Where(part => !string.IsNullOrEmpty(part)))),
            OrDash(instance.Version),
            OrDash(instance.StatusReason),
        ]));

    public static void WriteReplicas(TextWriter output, IEnumerable<ControlPlaneReplica> replicas) => TextTable.Write(
        output,
        ["CONTROL PLANE", "ADDRESS", "SINCE", "LEADS", "ANSWERS"],
        replicas.Select(replica => (string[])
        [
            replica.Name,
            OrDash(replica.Address),
            replica.StartTime?.ToDateTimeOffset().ToString("u", CultureInfo.InvariantCulture) ?? "-",
            replica.Leads ? "yes" : "-",
            replica.Answers ? "yes" : "-",
        ]));

    /// <summary>As options write it; as it came if there is no such port.</summary>
    public static string Address(Instance instance) => instance.Port <= ushort.MaxValue
        ? new HostPort(instance.Address, (int)instance.Port).ToString()
        : string.Create(CultureInfo.InvariantCulture, $"{instance.Address}:{instance.Port}");

    /// <summary>As the API spells it.</summary>
    public static string Name(ServiceStatus status) => status.ToString().ToUpperInvariant();

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;
}
