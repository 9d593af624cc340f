using Mesh.Bench.Load.Cases;

namespace Mesh.Bench.Load;

/// <summary>What a run was asked for.</summary>
internal sealed record LoadOptions
{
    /// <summary>The cases, in the order of the report.</summary>
    public required IReadOnlyList<LoadCase> Cases { get; init; }

    /// <summary>What is measured beside the cases.</summary>
    public required IReadOnlyList<Extra> Extras { get; init; }

    /// <summary>By name, in the order of the report.</summary>
    public required IReadOnlyList<string> Proxies { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How long one measurement of a case lasts, about.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long a proxy that compiles as it runs is warmed up.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>The proxies on core 0, load and backend on core 1.</summary>
    public required bool Pin { get; init; }

    /// <summary>The sidecar's executable.</summary>
    public required string Sidecar { get; init; }

    /// <summary>That of another build, which takes part as a peer; null if there is none.</summary>
    public string? Before { get; init; }

    /// <summary>The sidecar has a typical policy, and takes part without it as a peer.</summary>
    public required bool HasPolicy { get; init; }

    public string? JsonFile { get; init; }

    public string? MarkdownFile { get; init; }
}
