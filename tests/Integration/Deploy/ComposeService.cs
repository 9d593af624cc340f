namespace Mesh.Integration.Deploy;

/// <summary>One service of a compose file.</summary>
internal sealed class ComposeService
{
    public required string Name { get; init; }

    /// <summary>It runs the image that is built here.</summary>
    public required bool IsOurs { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The health check's command; none if there is no check.</summary>
    public required IReadOnlyList<string> Probe { get; init; }

    /// <summary>How often it is made, in whole seconds.</summary>
    public required string? ProbeInterval { get; init; }

    /// <summary>Whether it is started again when it ends.</summary>
    public required string? Restart { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyList<string> Ports { get; init; }

    public required IReadOnlyList<string> DependsOn { get; init; }

    /// <summary>Those of them that have to be healthy first.</summary>
    public required IReadOnlyList<string> WaitsForHealth { get; init; }

    public required string? NetworkMode { get; init; }

    /// <summary>Other names by which it is found in its network.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>As the file writes them, NAME:PATH.</summary>
    public required IReadOnlyList<string> Volumes { get; init; }

    /// <summary>Does nothing, for ever: it can hold a network that others live in.</summary>
    public bool IsIdle => Command is ["sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"];

    public required string? Dockerfile { get; init; }

    /// <summary>The service whose network it lives in: its own, or the one it joins.</summary>
    public string Network => NetworkMode?.StartsWith("service:", StringComparison.Ordinal) == true ? NetworkMode["service:".Length..] : Name;
}
