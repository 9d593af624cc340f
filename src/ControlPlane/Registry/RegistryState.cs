using System.Collections.Immutable;

namespace Mesh.ControlPlane.Registry;

/// <summary>Everything at one revision. Immutable: any thread may read it, and it is replaced whole.</summary>
/// <param name="Revision">The store's: all up to it is here.</param>
/// <param name="Services">By name, in ordinal order.</param>
/// <param name="InstanceCount">Over all services.</param>
/// <param name="Bytes">That all of it has in the store.</param>
internal sealed record RegistryState(long Revision, ImmutableSortedDictionary<string, ServiceState> Services, int InstanceCount, long Bytes)
{
    public static readonly RegistryState Empty = new(
        0, ImmutableSortedDictionary.Create<string, ServiceState>(StringComparer.Ordinal), 0, 0);

    /// <summary>An instance, or null.</summary>
    public RegisteredInstance? Find(string service, string id) =>
        Services.TryGetValue(service, out var state) ? state.Instances.GetValueOrDefault(id) : null;
}
