namespace Mesh.Policy.Routing.Answers;

/// <summary>Callers are told to go to another place; what is not given stays as they had it.</summary>
public sealed record RedirectOptions
{
    /// <summary>301, 302, 303, 307 or 308; default 302.</summary>
    public int Status { get; init; } = 302;

    /// <summary>"http" or "https".</summary>
    public string? Scheme { get; init; }

    /// <summary>The host, with a port or without.</summary>
    public string? Host { get; init; }

    /// <summary>The whole path; the query stays.</summary>
    public string? Path { get; init; }

    /// <summary>Instead of the prefix that the route matches; not together with <see cref="Path"/>.</summary>
    public string? Prefix { get; init; }
}
