namespace Mesh.Bench.Scale;

/// <summary>What a run was asked for.</summary>
internal sealed record ScaleOptions
{
    /// <summary>How many sidecars, one measurement each.</summary>
    public required IReadOnlyList<int> Sidecars { get; init; }

    /// <summary>Three control planes on three members, all of the run's own.</summary>
    public const string Etcd = "etcd";

    /// <summary>"memory", "sqlite": a file of the run's own; or <see cref="Etcd"/>.</summary>
    public required string Store { get; init; }

    /// <summary>The control plane's executable.</summary>
    public required string ControlPlane { get; init; }

    /// <summary>How often a change is pushed.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long the mesh at rest is looked at.</summary>
    public required TimeSpan Rest { get; init; }

    public string? MarkdownFile { get; init; }
}
