using Mesh.Policy.Faults;
using Mesh.Policy.RateLimiting;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// What a call passes, in order: first the phases of its route, then those of the cluster it goes to. The order is that of cost and of
/// what must not be undone: what is refused takes no place in a limit, and is not delayed before.
/// </summary>
internal static class PhaseList
{
    /// <param name="memory">The process's.</param>
    /// <param name="limiters">All of which must let a call on.</param>
    /// <param name="fault">The route's.</param>
    /// <param name="answer">What it answers itself; null if its calls go somewhere.</param>
    /// <param name="authorize">Who is let in; null if everybody is.</param>
    public static Phase[] OfRoute(
        MemoryBudget memory, IEnumerable<RateLimiter> limiters, FaultOptions fault, AnswerPhase? answer = null, AuthorizePhase? authorize = null) =>
    [
        new MemoryPhase(memory),
        .. authorize is null ? (Phase[])[] : [authorize],
        new MaxForwardsPhase(),
        .. limiters.Select(limiter => new RateLimitPhase(limiter)),
        .. fault == FaultOptions.None ? (Phase[])[] : [new FaultPhase(fault)],
        .. answer is null ? (Phase[])[] : [answer],
    ];

    /// <param name="limits">The service's.</param>
    /// <param name="takesGrpc">False where it is given that whoever is there does not understand it.</param>
    public static Phase[] OfCluster(ClusterLimits limits, bool takesGrpc = true) =>
        takesGrpc ? [new ConcurrencyPhase(limits)] : [new NoGrpcPhase(), new ConcurrencyPhase(limits)];
}
