using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// What a call passes, in order: first the phases of its route, then those of the cluster it goes to. The order is that of cost and of
/// what must not be undone: what is refused takes no place in a limit.
/// </summary>
internal static class PhaseList
{
    /// <param name="memory">The process's.</param>
    public static Phase[] OfRoute(MemoryBudget memory) => [new MemoryPhase(memory), new MaxForwardsPhase()];

    /// <param name="limits">The service's.</param>
    /// <param name="takesGrpc">False where it is given that whoever is there does not understand it.</param>
    public static Phase[] OfCluster(ClusterLimits limits, bool takesGrpc = true) =>
        takesGrpc ? [new ConcurrencyPhase(limits)] : [new NoGrpcPhase(), new ConcurrencyPhase(limits)];
}
