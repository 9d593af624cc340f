using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>The kinds of configuration that a service may have, each a resource of its own (config.proto).</summary>
internal static class ConfigKind
{
    public const string Policy = "policy";
    public const string Inbound = "inbound";

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [Policy, Inbound];

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
