using System.Collections.Immutable;
using Mesh.Policy.Balancing;

namespace Mesh.Policy.Routing;

/// <summary>One of the places where a route's calls go.</summary>
public sealed record BackendOptions
{
    /// <summary>The service; default null, the one that the route belongs to.</summary>
    public string? Service { get; init; }

    /// <summary>Which of its endpoints; default all.</summary>
    public EndpointSubset Subset { get; init; } = EndpointSubset.All;

    /// <summary>Who steps in for them, in this order; default nobody.</summary>
    public ImmutableArray<EndpointSubset> Fallbacks { get; init; } = [];

    /// <summary>Its share of the calls beside the others', 0 to 1000000; default 1.</summary>
    public int Weight { get; init; } = 1;
}
