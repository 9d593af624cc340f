using System.Diagnostics.CodeAnalysis;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>The table of kinds. A new kind is a new row.</summary>
internal static class ConfigKinds
{
    /// <summary>How a service is to be called: mesh.v1.ServiceConfig, by the service's name.</summary>
    public static readonly ConfigKind Policy = new(
        ConfigKindName.Policy, ServiceConfig.Parser, "c/", "h/", "f/", ConfigAudience.Subscribers,
        static resource => resource.Config,
        static (resource, message) => resource.Config = (ServiceConfig?)message,
        static (name, message) => PolicyFaults.Of(name, (ServiceConfig)message));

    /// <summary>How a service's own sidecars treat the calls that come in: mesh.v1.InboundConfig, by the service's name.</summary>
    public static readonly ConfigKind Inbound = new(
        ConfigKindName.Inbound, InboundConfig.Parser, "n/", "nh/", "nf/", ConfigAudience.OwnSidecars,
        static resource => resource.Inbound,
        static (resource, message) => resource.Inbound = (InboundConfig?)message,
        static (name, message) => InboundValidation.Validate(name, (InboundConfig)message));

    /// <summary>In the order in which they are listed.</summary>
    public static IReadOnlyList<ConfigKind> All { get; } = [Policy, Inbound];

    /// <summary>The kind that a request names; null if there is none of that name. Who names none means how a service is to be called.</summary>
    public static ConfigKind? Named(string name) => name.Length == 0 ? Policy : All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>What a resource as the API has it is to be: a change for each kind that it holds. One that holds nothing is a policy of defaults.</summary>
    public static IEnumerable<ConfigChange> ChangesOf(ConfigResource resource)
    {
        var held = All.Where(kind => kind.In(resource) is not null).ToList();
        return held.Count == 0
            ? [new ConfigChange(Policy, resource.Service, new ServiceConfig())]
            : held.Select(kind => new ConfigChange(kind, resource.Service, kind.In(resource)));
    }

    /// <summary>Which resource's present state a key of the store holds; false if it is none's.</summary>
    public static bool TryOfKey(string key, [NotNullWhen(true)] out ConfigKind? kind, [NotNullWhen(true)] out string? name)
    {
        kind = All.FirstOrDefault(kind => key.StartsWith(kind.Prefix, StringComparison.Ordinal));
        name = kind is null ? null : key[kind.Prefix.Length..];
        return name is not null;
    }
}
