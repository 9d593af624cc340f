using System.Collections.Immutable;
using Mesh.ControlPlane.Stores;

namespace Mesh.ControlPlane.Config;

/// <summary>All resources, the deleted ones' versions included. Immutable, replaced whole.</summary>
internal sealed record ConfigState(ImmutableSortedDictionary<string, StoredConfig> Services)
{
    public static ConfigState Of(IEnumerable<StoredConfig> stored) => new(
        stored.ToImmutableSortedDictionary(config => config.Service, config => config, StringComparer.Ordinal));
}
