namespace Mesh.Policy.Routing;

/// <summary>A condition on one parameter of the query; without <see cref="Exact"/>: that it is there.</summary>
public sealed record QueryMatchOptions
{
    /// <summary>Its name, in plain text.</summary>
    public required string Name { get; init; }

    /// <summary>The whole value, in plain text; of several the first.</summary>
    public string? Exact { get; init; }
}
