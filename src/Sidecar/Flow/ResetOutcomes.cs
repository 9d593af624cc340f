using Mesh.Policy.Outcomes;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>What a stream that was cut off means for an attempt.</summary>
internal static class ResetOutcomes
{
    /// <param name="reset">What came.</param>
    /// <param name="answered">The head of an answer had come before.</param>
    /// <param name="connectionDied">Not the stream alone was cut off.</param>
    public static Outcome Of(in StreamReset reset, bool answered, bool connectionDied)
    {
        var outcome = Of(reset);
        if (answered && outcome.NotProcessed)
        {
            // Whoever has answered has looked at it, whatever it says now.
            var reason = reset.Cause == ResetCause.GoAway ? OutcomeReason.ConnectionLost : OutcomeReason.Reset;
            return outcome with { Reason = reason, NotProcessed = false };
        }

        // Which of its streams broke the protocol is not known; to the others the connection is gone.
        return reset.Cause == ResetCause.Violation && connectionDied ? outcome with { GrpcStatus = GrpcStatus.Unavailable } : outcome;
    }

    private static Outcome Of(in StreamReset reset) => reset.Cause switch
    {
        ResetCause.Peer => Outcome.FromReset((uint)reset.Code),
        ResetCause.ConnectFailed => Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream),
        ResetCause.GoAway => Outcome.Failed(OutcomeReason.GoAwayUnprocessed, OutcomeSource.Upstream),
        ResetCause.Violation => Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream),
        _ => Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream),
    };
}
