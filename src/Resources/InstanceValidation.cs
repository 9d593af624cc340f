using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Whether what an instance registers is possible. One line per fault, "instance.port: 0 is not within 1 to 65535".</summary>
public static class InstanceValidation
{
    private const int MaxId = 128;
    private const int MaxVersion = 128;
    private const int MaxReason = 1024;

    /// <summary>The instance alone; an absent id is fine, the registry or the sidecar makes one up.</summary>
    public static IReadOnlyList<string> Validate(Instance instance)
    {
        var findings = new Findings();
        Check(findings, instance);
        return findings.Lines;
    }

    /// <summary>A registration: the instance, what it serves and needs, and how it is checked.</summary>
    public static IReadOnlyList<string> Validate(Registration registration)
    {
        var findings = new Findings();
        if (registration.Instance is { } instance)
        {
            Check(findings, instance);
        }
        else
        {
            findings.Add("instance", "is missing; service, address and port are required");
        }

        RegistrationValidation.Check(findings, registration);
        return findings.Lines;
    }

    private static void Check(Findings findings, Instance instance)
    {
        findings.Text("instance.id", instance.Id, MaxId);
        findings.ServiceName("instance.service", instance.Service);
        if (instance.Address.Length == 0)
        {
            findings.Add("instance.address", "is missing; write an IP address or a host name");
        }
        else if (!HostPort.IsHost(instance.Address))
        {
            findings.Add("instance.address", $"{Names.Quote(instance.Address)} is no IP address or host name; the port is a field of its own");
        }

        findings.Range("instance.port", instance.Port, 1, 65535);
        findings.RangeIfGiven("instance.weight", instance.HasWeight, instance.Weight, 1, 10_000);
        findings.Text("instance.version", instance.Version, MaxVersion);
        CheckLocality(findings, "instance.locality.region", instance.Locality?.Region ?? "");
        CheckLocality(findings, "instance.locality.zone", instance.Locality?.Zone ?? "");
        findings.Metadata("instance.metadata", instance.Metadata);
        findings.SpiffeId("instance.identity", instance.Identity);
        findings.Text("instance.status_reason", instance.StatusReason, MaxReason);
        if (!Enum.IsDefined(instance.Status))
        {
            findings.Add("instance.status", $"{(int)instance.Status} is no status");
        }
    }

    private static void CheckLocality(Findings findings, string path, string part)
    {
        if (LocalityText.WhyNoPart(part) is { } why)
        {
            findings.Add(path, why);
        }
    }
}
