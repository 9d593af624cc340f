using System.Collections.Immutable;

namespace Mesh.Policy.Routing;

/// <summary>Which calls; all that is given must match, and nothing given matches every call.</summary>
public sealed record RouteMatchOptions
{
    /// <summary>Every call.</summary>
    public static readonly RouteMatchOptions Any = new();

    /// <summary>The whole path, without the query.</summary>
    public string? Exact { get; init; }

    /// <summary>The path's beginning; not together with <see cref="Exact"/>.</summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// A <see cref="PathPattern"/> of the whole path; not together with the others. One that cannot be made matches nothing.
    /// </summary>
    public string? Regex { get; init; }

    /// <summary>"GET", "POST"; default any.</summary>
    public string? HttpMethod { get; init; }

    /// <summary>All of them; default none.</summary>
    public ImmutableArray<HeaderMatchOptions> Headers { get; init; } = [];

    /// <summary>Parameters of the query, all of them; default none.</summary>
    public ImmutableArray<QueryMatchOptions> Query { get; init; } = [];

    /// <summary>
    /// Whose calls; default null, anybody's. Whose it is not, has no such route (<see cref="ServicePolicyOptions.For"/>).
    /// </summary>
    public SourceMatchOptions? Source { get; init; }
}
