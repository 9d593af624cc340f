namespace Mesh.Cli.Demo;

/// <summary>What the demo runs: which services, how many of each, who calls whom.</summary>
internal static class Topology
{
    /// <summary>The load's own name: it has a sidecar, but is no service.</summary>
    public const string Client = "client";

    /// <summary>The instance that is killed half-way.</summary>
    public static readonly InstancePlan Victim = new("users", 2, []) { HasMessages = true };

    /// <summary>Callees before their callers, so that none comes up to find nobody.</summary>
    public static readonly IReadOnlyList<InstancePlan> Instances =
    [
        new("users", 1, []) { HasMessages = true },
        Victim,
        new("notifications", 1, []) { HasMessages = true },
        // Speaks HTTP/1.1, and no gRPC.
        new("catalog", 1, []) { Health = "http:/healthz" },
        new("payments", 1, ["users"]),
        new("orders", 1, ["users", "payments", "notifications"]) { HasMessages = true },
    ];

    /// <summary>The control plane, each instance with its sidecar, and the load's sidecar.</summary>
    public static int Processes => 1 + (2 * Instances.Count) + 1;

    /// <summary>What the load calls by itself.</summary>
    public static readonly IReadOnlyList<string> ClientCalls = ["users", "orders", "catalog"];

    /// <summary>Every edge of the service graph, once.</summary>
    public static IEnumerable<Edge> Edges =>
        ClientCalls.Select(called => new Edge(Client, called))
            .Concat(Instances.SelectMany(instance => instance.Calls.Select(called => new Edge(instance.Service, called))))
            .Distinct();
}
