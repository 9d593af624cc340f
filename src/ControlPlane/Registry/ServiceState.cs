using System.Collections.Immutable;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>A service at one revision. Immutable: any thread may read it.</summary>
internal sealed record ServiceState(string Name)
{
    /// <summary>Of its last change of whatever kind.</summary>
    public long Revision { get; init; }

    /// <summary>Of the last change that callers see; a new text for a status is none. It never goes back.</summary>
    public long EndpointsRevision { get; init; }

    /// <summary>What the newest registration said of the service.</summary>
    public required StoredService Said { get; init; }

    /// <summary>Of that; 0 if nothing is stored of it.</summary>
    public long SaidRevision { get; init; }

    /// <summary>That has in the store.</summary>
    public int SaidBytes { get; init; }

    /// <summary>By id, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, RegisteredInstance> Instances { get; init; } =
        ImmutableSortedDictionary.Create<string, RegisteredInstance>(StringComparer.Ordinal);
}
