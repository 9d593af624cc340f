using Mesh.V1;

namespace Mesh.Resources;

/// <summary>
/// What the kinds of configuration are called that a service may have (config.proto), in requests, on sidecars' streams and for people.
/// Each is a resource of its own.
/// </summary>
public static class ConfigKindName
{
    /// <summary>How a service's callers treat it: <see cref="ConfigResource.Config"/>.</summary>
    public const string Policy = "policy";

    /// <summary>How its own sidecars treat the calls that come in: <see cref="ConfigResource.Inbound"/>.</summary>
    public const string Inbound = "inbound";

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [Policy, Inbound];

    /// <summary>Of a resource as it is read back, which is of one kind.</summary>
    public static string Of(ConfigResource resource) => resource.Inbound is null ? Policy : Inbound;

    /// <summary>A resource for each kind that one holds; one that holds nothing is a policy of defaults.</summary>
    public static IEnumerable<ConfigResource> Apart(ConfigResource resource)
    {
        if (resource.Config is not null || resource.Inbound is null)
        {
            yield return new ConfigResource { Service = resource.Service, Config = resource.Config ?? new ServiceConfig() };
        }

        if (resource.Inbound is { } inbound)
        {
            yield return new ConfigResource { Service = resource.Service, Inbound = inbound };
        }
    }

    /// <summary>Whose it is, as a line about it begins: a service's policy goes by the service's name.</summary>
    public static string Subject(string service, string kind) => kind == Policy ? service : $"{service} ({kind})";
}
