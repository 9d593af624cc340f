namespace Mesh.Policy.Routing;

/// <summary>A condition on one header; without <see cref="Exact"/> and <see cref="Prefix"/>: that it is there.</summary>
public sealed record HeaderMatchOptions
{
    /// <summary>In lower case.</summary>
    public required string Name { get; init; }

    /// <summary>The whole value.</summary>
    public string? Exact { get; init; }

    /// <summary>The value's beginning.</summary>
    public string? Prefix { get; init; }

    /// <summary>Matches what otherwise would not.</summary>
    public bool Invert { get; init; }
}
