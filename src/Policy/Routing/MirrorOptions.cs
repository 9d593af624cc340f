using Mesh.Policy.Balancing;

namespace Mesh.Policy.Routing;

/// <summary>Where copies of a route's calls go, whose answers are for nobody.</summary>
public sealed record MirrorOptions
{
    /// <summary>The service; default null, the one that the route belongs to.</summary>
    public string? Service { get; init; }

    /// <summary>Which of its endpoints; default all.</summary>
    public EndpointSubset Subset { get; init; } = EndpointSubset.All;

    /// <summary>How many of the calls are copied, 0 to 100; default 100.</summary>
    public double Percent { get; init; } = 100;
}
