namespace Mesh.Cli.Demo;

/// <summary>One instance of a demo service, with a sidecar beside it.</summary>
/// <param name="Service">As callers address it.</param>
/// <param name="Number">Counts the instances of the service, from 1.</param>
/// <param name="Calls">The services it calls, each through a local port of its sidecar.</param>
internal sealed record InstancePlan(string Service, int Number, IReadOnlyList<string> Calls)
{
    /// <summary>How its sidecar checks its health, as <c>--health</c> has it.</summary>
    public string Health { get; init; } = "grpc";

    /// <summary>Its instance id in the registry, and what the log calls it.</summary>
    public string Name => $"{Service}-{Number}";

    /// <summary>It publishes or consumes events.</summary>
    public bool HasMessages { get; init; }
}
