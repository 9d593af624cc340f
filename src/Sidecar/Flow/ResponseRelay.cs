using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The way back: passes an attempt's answer on to the caller as it comes, and holds back its head for as long as the answer
/// may still turn out to be one that is tried again. Part of a <see cref="RequestFlow"/>.
/// </summary>
internal sealed class ResponseRelay(RequestFlow flow, Worker worker)
{
    /// <summary>
    /// How long an answer's head is held back for the sake of a retry. A unary answer follows its head at once; a stream
    /// that says hello and then waits must not be held.
    /// </summary>
    private static readonly long HoldTime = TimeSpan.FromMilliseconds(20).Ticks;

    /// <summary>1xx goes through, unless the final head has been passed on (it cannot have).</summary>
    public void OnInterim(Exchange exchange, HeaderList headers)
    {
        if (!exchange.IsCommitted)
        {
            exchange.Downstream!.WriteHeaders(headers, endStream: false);
        }
    }

    /// <summary>The attempt's answer begins.</summary>
    public void OnHeaders(Exchange exchange, Attempt attempt, HeaderList headers, bool endStream)
    {
        if (exchange.IsGrpc && !ResponseHead.IsGrpc(headers, out var httpStatus))
        {
            // Somebody answers who does not speak gRPC: the caller is told what that means in gRPC's terms.
            flow.OnAttemptFailed(exchange, attempt, Outcome.FromHttp(httpStatus) is { Class: OutcomeClass.Failure } failed
                ? failed
                : new Outcome(OutcomeClass.Failure, OutcomeReason.HttpStatus, OutcomeSource.Upstream, false, GrpcStatus.Unknown, httpStatus));
            return;
        }

        if (endStream)
        {
            var outcome = exchange.IsGrpc ? ResponseHead.GrpcOutcome(headers) : ResponseHead.HttpOutcome(headers);
            if (outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, outcome, headers))
            {
                return;
            }

            Commit(exchange);
            exchange.Downstream!.WriteHeaders(headers, endStream: true);
            flow.Complete(exchange, attempt, outcome);
            return;
        }

        if (!exchange.IsGrpc)
        {
            exchange.Outcome = ResponseHead.HttpOutcome(headers);
            if (exchange.Outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, exchange.Outcome, headers))
            {
                return;
            }
        }
        else if (exchange.Route!.RetriesByCode && exchange.Body.IsReplayable)
        {
            exchange.Held.CopyFrom(headers);
            exchange.IsHolding = true;
            worker.Loop.Timers.Schedule(exchange.HeldHead, worker.Loop.Now + HoldTime);
            return;
        }

        Commit(exchange);
        exchange.Downstream!.WriteHeaders(headers, endStream: false);
    }

    public void OnData(Exchange exchange, Attempt attempt, ReadOnlySpan<byte> data, bool endStream)
    {
        ReleaseHeld(exchange);
        if (exchange.IsGrpc)
        {
            exchange.ResponseFraming.Feed(data);
        }

        exchange.ResponseBytes += data.Length;
        var sent = exchange.Downstream!.Write(data, endStream);
        attempt.Stream!.ReturnCredit(sent);
        if (endStream)
        {
            // gRPC ends with trailers: without, nobody has said how it went.
            flow.Complete(exchange, attempt, exchange.IsGrpc ? Outcome.FromGrpc(GrpcStatus.Unknown) : exchange.Outcome);
        }
    }

    public void OnTrailers(Exchange exchange, Attempt attempt, HeaderList trailers)
    {
        var outcome = exchange.IsGrpc ? ResponseHead.GrpcOutcome(trailers) : exchange.Outcome;
        if (exchange.IsHolding && outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, outcome, trailers))
        {
            return;
        }

        ReleaseHeld(exchange);
        exchange.Downstream!.WriteTrailers(trailers);
        flow.Complete(exchange, attempt, outcome);
    }

    /// <summary>The head that was held back goes on: it is the answer.</summary>
    public void ReleaseHeld(Exchange exchange)
    {
        if (!exchange.IsHolding)
        {
            return;
        }

        exchange.IsHolding = false;
        exchange.HeldHead.Cancel();
        Commit(exchange);
        exchange.Downstream!.WriteHeaders(exchange.Held, endStream: false);
        exchange.Held.Clear();
    }

    /// <summary>The head that was held back is not the answer: another attempt is made.</summary>
    public static void DropHeld(Exchange exchange)
    {
        exchange.IsHolding = false;
        exchange.HeldHead.Cancel();
        exchange.Held.Clear();
    }

    private static void Commit(Exchange exchange)
    {
        exchange.IsCommitted = true;
        exchange.Body.Forget();
    }
}
