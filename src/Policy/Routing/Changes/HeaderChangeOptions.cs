using System.Collections.Immutable;

namespace Mesh.Policy.Routing.Changes;

/// <summary>Changes of headers, by their names in lower case; each name in one of the three.</summary>
public sealed record HeaderChangeOptions
{
    /// <summary>No changes.</summary>
    public static readonly HeaderChangeOptions None = new();

    /// <summary>These have this value.</summary>
    public ImmutableArray<(string Name, string Value)> Set { get; init; } = [];

    /// <summary>These get this value besides what they have.</summary>
    public ImmutableArray<(string Name, string Value)> Add { get; init; } = [];

    /// <summary>These are taken out.</summary>
    public ImmutableArray<string> Remove { get; init; } = [];

    /// <summary>There is nothing to do.</summary>
    public bool IsNone => Set.IsEmpty && Add.IsEmpty && Remove.IsEmpty;
}
