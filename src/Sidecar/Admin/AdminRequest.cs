namespace Mesh.Sidecar.Admin;

/// <summary>What the pages look at in a request.</summary>
internal sealed record AdminRequest
{
    /// <summary>In capitals.</summary>
    public required string Method { get; init; }

    /// <summary>Without the query.</summary>
    public required string Path { get; init; }

    /// <summary>The query's "format"; empty if there is none.</summary>
    public string Format { get; init; } = "";

    /// <summary>The query's or the body's level, for /log-level.</summary>
    public string Level { get; init; } = "";

    /// <summary>The query has "wait", for /drain.</summary>
    public bool Wait { get; init; }

    /// <summary>The header, or empty.</summary>
    public string Accept { get; init; } = "";

    /// <summary>A browser sends it for a page of elsewhere (the header Origin).</summary>
    public bool IsFromBrowserPage { get; init; }

    /// <summary>?format= decides, then the Accept header; JSON where neither says text.</summary>
    public bool WantsText => Format.Length > 0
        ? Format == "text"
        : Accept.Contains("text/plain", StringComparison.OrdinalIgnoreCase) && !Accept.Contains("json", StringComparison.OrdinalIgnoreCase);
}
