namespace Mesh.Policy.Routing;

/// <summary>Whose calls: decided once for a sidecar, which calls for one service only.</summary>
public sealed record SourceMatchOptions
{
    /// <summary>The service beside the sidecar; default null, any.</summary>
    public string? Service { get; init; }

    /// <summary>The version that it runs; default null, any.</summary>
    public string? Version { get; init; }

    /// <summary>Whether it is this caller.</summary>
    /// <param name="service">Who calls; empty if it does not say.</param>
    /// <param name="version">What it runs; empty if it does not say.</param>
    public bool Matches(string service, string version) => (Service ?? service) == service && (Version ?? version) == version;
}
