using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>What the live demo shows at one moment.</summary>
/// <param name="Elapsed">Since the load began.</param>
/// <param name="Rows">The load's own calls by method, then the edges between the services.</param>
/// <param name="Load">All of the load's calls together.</param>
/// <param name="Calls">How many calls were made in all.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="Instances">As the registry has them.</param>
/// <param name="Messages">Events and queues in a line; empty if there are none.</param>
/// <param name="News">What has happened, oldest first.</param>
internal sealed record LiveFrame(
    TimeSpan Elapsed,
    IReadOnlyList<(string Name, EdgeRate Rate)> Rows,
    EdgeRate Load,
    long Calls,
    long Failures,
    IReadOnlyList<Instance> Instances,
    string Messages,
    IReadOnlyList<string> News);
