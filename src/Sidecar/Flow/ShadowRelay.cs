using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>What shadows bring back: read to its end, for the sake of the endpoint's record, and dropped.</summary>
internal sealed class ShadowRelay(Worker worker) : AttemptRelay
{
    public override void OnInterim(Attempt attempt, HeaderList headers)
    {
    }

    public override void OnHeaders(Attempt attempt, HeaderList headers, bool endStream)
    {
        attempt.Answer.Outcome = ResponseHead.OutcomeOf(headers, attempt.IsGrpc, endStream);
        if (endStream)
        {
            OnEnded(attempt, attempt.Answer.Outcome);
        }
    }

    public override void OnData(Attempt attempt, ReadOnlySpan<byte> data, bool endStream)
    {
        attempt.Stream!.ReturnCredit(data.Length);
        if (endStream)
        {
            OnEnded(attempt, attempt.Answer.Outcome);
        }
    }

    public override void OnTrailers(Attempt attempt, HeaderList trailers) =>
        OnEnded(attempt, attempt.IsGrpc ? ResponseHead.ReadGrpcOutcome(trailers) : attempt.Answer.Outcome);

    public override void OnHeldLongEnough(Attempt attempt)
    {
    }

    /// <summary>However it has ended.</summary>
    public override void OnEnded(Attempt attempt, in Outcome outcome)
    {
        attempt.Cluster.Statistics.OnAttemptEnded(worker.Index, outcome.Reason);
        attempt.Exchange?.Attempts.Remove(attempt);
        attempt.Leave(outcome);
    }
}
