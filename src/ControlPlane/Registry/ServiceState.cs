using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>A service at one revision. Immutable: any thread may read it.</summary>
internal sealed record ServiceState(string Name, Timestamp CreateTime)
{
    /// <summary>Of its last change of whatever kind.</summary>
    public long Revision { get; init; }

    /// <summary>Of the last change that callers see; a new text for a status is none.</summary>
    public long EndpointsRevision { get; init; }

    /// <summary>What the newest registration said of the service; its instance is not looked at.</summary>
    public required Registration Newest { get; init; }

    /// <summary>By id, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, RegisteredInstance> Instances { get; init; } =
        ImmutableSortedDictionary.Create<string, RegisteredInstance>(StringComparer.Ordinal);
}
