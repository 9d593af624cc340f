using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Deadlines;

/// <summary>
/// What it says of an endpoint that a deadline passed which its caller chose. By itself nothing: whoever gives 5 ms to a server
/// that needs 20 has made the failure. Only an endpoint that kept the call for much longer than it ever takes is to blame.
/// </summary>
public static class CallersDeadline
{
    /// <summary>Answers from which an endpoint has a record.</summary>
    public const int Evidence = 20;

    /// <summary>How many times the record is "much slower": what queues and collections do to a server that is well is less.</summary>
    public const double Factor = 5;

    /// <summary>
    /// Below it nothing is: a lost packet, a collection or a busy machine take as long and are no fault of the endpoint's.
    /// </summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Whether the outcome is what a server or the mesh makes of a deadline that has passed: servers that keep it themselves
    /// say so, or reset the stream.
    /// </summary>
    public static bool Explains(in Outcome outcome) => outcome.Reason is OutcomeReason.DeadlineExceeded or OutcomeReason.Reset
        || outcome is { Reason: OutcomeReason.GrpcStatus, GrpcStatus: GrpcStatus.DeadlineExceeded or GrpcStatus.Cancelled };

    /// <summary>Whether the endpoint is to blame.</summary>
    /// <param name="elapsed">How long it had the call without answering, in ticks.</param>
    /// <param name="answers">How many answers its record rests on.</param>
    /// <param name="record"><see cref="EndpointLoad.SlowestMicros"/>.</param>
    public static bool IsEndpointsFault(long elapsed, long answers, double record) =>
        answers >= Evidence
        && elapsed >= Least.Ticks
        && elapsed / (double)TimeSpan.TicksPerMicrosecond > Factor * record;
}
