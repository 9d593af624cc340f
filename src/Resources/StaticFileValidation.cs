using Google.Protobuf.Collections;
using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Whether a static file's services can be called. One line per fault, "services[0].endpoints[1].address: ...".</summary>
public static class StaticFileValidation
{
    private const int MaxText = 256;

    /// <summary>One line per fault; none: valid.</summary>
    public static IReadOnlyList<string> Validate(StaticFile file) => Find(file).Lines;

    internal static IReadOnlyList<Finding> Check(StaticFile file) => Find(file).All;

    private static Findings Find(StaticFile file)
    {
        var findings = new Findings();
        var names = new Dictionary<string, int>();
        for (var i = 0; i < file.Services.Count && !findings.IsFull; i++)
        {
            var service = file.Services[i];
            var path = $"services[{i}]";
            findings.ServiceName(path + ".name", service.Name);
            if (!names.TryAdd(service.Name, i))
            {
                findings.Add(
                    path + ".name",
                    $"{Names.Quote(service.Name)} is the name of services[{names[service.Name]}] too; put their endpoints together");
            }

            CheckEndpoints(findings, path + ".endpoints", service.Endpoints);
            ConfigValidation.Check(findings, path + ".config", service.Config);
            InboundValidation.Check(findings, path + ".inbound", service.Inbound);
        }

        return findings;
    }

    private static void CheckEndpoints(Findings findings, string path, RepeatedField<Endpoint> endpoints)
    {
        var ids = new Dictionary<string, int>();
        for (var i = 0; i < endpoints.Count && !findings.IsFull; i++)
        {
            var endpoint = endpoints[i];
            var at = $"{path}[{i}]";
            CheckEndpoint(findings, at, endpoint);
            var id = endpoint.Id.Length > 0 ? endpoint.Id : endpoint.Address;
            if (!ids.TryAdd(id, i))
            {
                findings.Add(
                    at + (endpoint.Id.Length > 0 ? ".id" : ".address"),
                    $"{Names.Quote(id)} is the id of endpoints[{ids[id]}] too; give each its own");
            }
        }
    }

    private static void CheckEndpoint(Findings findings, string path, Endpoint endpoint)
    {
        if (endpoint.Address.Length == 0)
        {
            findings.Add(path + ".address", "is missing; write it like 127.0.0.1:8080");
        }
        else if (!HostPort.TryParse(endpoint.Address, out var address, out var error))
        {
            findings.Add(path + ".address", $"{Names.Quote(endpoint.Address)} {error}");
        }
        else if (address.Port == 0)
        {
            findings.Add(path + ".address", $"{Names.Quote(endpoint.Address)} has port 0; nothing can be reached there");
        }

        findings.Text(path + ".id", endpoint.Id, MaxText);
        findings.RangeIfGiven(path + ".weight", endpoint.HasWeight, endpoint.Weight, 1, 10_000);
        findings.Text(path + ".version", endpoint.Version, MaxText);
        if (LocalityText.WhyNot(endpoint.Locality) is { } why)
        {
            findings.Add(path + ".locality", why);
        }

        findings.Metadata(path + ".metadata", endpoint.Metadata);
        findings.SpiffeId(path + ".identity", endpoint.Identity);
        if (!Enum.IsDefined(endpoint.Status))
        {
            findings.Add(path + ".status", $"{(int)endpoint.Status} is no status");
        }
    }
}
