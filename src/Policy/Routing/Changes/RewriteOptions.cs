namespace Mesh.Policy.Routing.Changes;

/// <summary>What is changed of calls on their way, and of their answers.</summary>
public sealed record RewriteOptions
{
    /// <summary>The whole path; the query stays. Default null, as it is.</summary>
    public string? Path { get; init; }

    /// <summary>Instead of the prefix that the route matches; not together with <see cref="Path"/>. Default null, as it is.</summary>
    public string? Prefix { get; init; }

    /// <summary>The path, made of what the groups of the route's pattern match, as <see cref="PathTemplate"/>; alone of the three. Default null, as it is.</summary>
    public string? Substitution { get; init; }

    /// <summary>The authority, with a port or without; default null, as it is.</summary>
    public string? Host { get; init; }

    /// <summary>Of each attempt; default none.</summary>
    public HeaderChangeOptions RequestHeaders { get; init; } = HeaderChangeOptions.None;

    /// <summary>Of answers; default none.</summary>
    public HeaderChangeOptions ResponseHeaders { get; init; } = HeaderChangeOptions.None;
}
