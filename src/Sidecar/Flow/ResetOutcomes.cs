using Mesh.Http2.Streams;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Flow;

/// <summary>What a stream that was cut off means for an attempt.</summary>
internal static class ResetOutcomes
{
    public static Outcome Of(in StreamReset reset) => reset.Cause switch
    {
        ResetCause.Peer => Outcome.FromReset((uint)reset.Code),
        ResetCause.ConnectFailed => Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream),
        ResetCause.GoAway => Outcome.Failed(OutcomeReason.GoAwayUnprocessed, OutcomeSource.Upstream),
        ResetCause.Violation => Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream),
        _ => Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream),
    };
}
