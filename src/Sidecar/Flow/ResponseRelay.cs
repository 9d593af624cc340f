using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

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

    /// <summary>
    /// A server hints once or twice, or says every few seconds that it is still at it (102, RFC 2518); one call must not use
    /// up what its connection may say, nor fill the caller's.
    /// </summary>
    private const int MostInterims = 100;

    private const int SwitchingProtocols = 101;

    /// <summary>1xx goes through to a caller who can make something of it; gRPC knows none (gRPC over HTTP/2, "Responses").</summary>
    public void OnInterim(Exchange exchange, Attempt attempt, HeaderList headers)
    {
        if (++attempt.Interims > MostInterims)
        {
            flow.OnAttemptFailed(exchange, attempt, Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream));
        }
        else if (!exchange.IsGrpc)
        {
            exchange.OnActivity();
            exchange.Downstream!.WriteHeaders(headers, endStream: false);
        }
    }

    /// <summary>The attempt's answer begins.</summary>
    public void OnHeaders(Exchange exchange, Attempt attempt, HeaderList headers, bool endStream)
    {
        if (exchange.IsGrpc)
        {
            if (!ResponseHead.IsGrpc(headers, endStream, out var httpStatus))
            {
                // The caller is told what that means in gRPC's terms.
                flow.OnAttemptFailed(exchange, attempt, ResponseHead.NotGrpc(httpStatus));
                return;
            }

            exchange.GrpcHttpStatus = httpStatus;
            if (httpStatus != 200)
            {
                ResponseHead.MendStatus(headers);
            }
        }

        else if (exchange.Wire == Protocol.Http1 && NotProcessed.Take(headers, flow.Direction))
        {
            const uint refusedStream = 7;
            flow.OnAttemptFailed(exchange, attempt, Outcome.FromReset(refusedStream));
            return;
        }

        if (endStream)
        {
            var outcome = exchange.IsGrpc ? ResponseHead.ReadGrpcOutcome(headers) : ResponseHead.HttpOutcome(headers);
            outcome = LocalReply.Read(outcome, headers, flow.Direction);
            if (outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, outcome, headers))
            {
                return;
            }

            Commit(exchange);
            StateStatus(exchange, outcome, headers);
            exchange.Downstream!.WriteHeaders(headers, endStream: true);
            flow.Complete(exchange, attempt, outcome);
            return;
        }

        if (!exchange.IsGrpc)
        {
            exchange.Outcome = LocalReply.Read(ResponseHead.HttpOutcome(headers), headers, flow.Direction);
            if (exchange.Outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, exchange.Outcome, headers))
            {
                return;
            }

            exchange.IsTunnel = exchange.Outcome.HttpStatus == SwitchingProtocols;
        }
        else if (headers.IndexOf(KnownHeader.GrpcStatus) >= 0)
        {
            exchange.Outcome = ResponseHead.ReadGrpcOutcome(headers);
            exchange.HasEarlyStatus = true;
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
        // gRPC ends with trailers: without, nobody has said how it went.
        var endsMute = endStream && exchange.IsGrpc && !exchange.HasEarlyStatus;
        if (!endsMute || !data.IsEmpty)
        {
            ReleaseHeld(exchange);
            if (exchange.IsGrpc)
            {
                exchange.ResponseFraming.Feed(data);
            }

            exchange.ResponseBytes += data.Length;
            var sent = exchange.Downstream!.Write(data, endStream && !endsMute);
            attempt.Stream!.ReturnCredit(sent);
            if (sent < data.Length)
            {
                flow.OnHeld(exchange);
                if (exchange.IsRecorded)
                {
                    return; // it has ended with that
                }
            }
        }

        if (endsMute)
        {
            flow.OnAttemptFailed(exchange, attempt, ResponseHead.Unstated(exchange.GrpcHttpStatus));
        }
        else if (endStream && exchange.IsTunnel && !exchange.Body.Ended)
        {
            exchange.IsAnswered = true; // the caller's last words still go
        }
        else if (endStream)
        {
            flow.Complete(exchange, attempt, exchange.Outcome);
        }
    }

    public void OnTrailers(Exchange exchange, Attempt attempt, HeaderList trailers)
    {
        var outcome = exchange.IsGrpc ? ResponseHead.ReadGrpcOutcome(trailers) : exchange.Outcome;
        if (outcome.Reason == OutcomeReason.NoGrpcStatus)
        {
            outcome = ResponseHead.Unstated(exchange.GrpcHttpStatus);
        }

        outcome = LocalReply.Read(outcome, trailers, flow.Direction);
        if (exchange.IsHolding && outcome.Class == OutcomeClass.Failure && flow.TryAgain(exchange, attempt, outcome, trailers))
        {
            return;
        }

        ReleaseHeld(exchange);
        StateStatus(exchange, outcome, trailers);
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

    /// <summary>Clients make different things of an end without a status: they are given the one it stands for.</summary>
    private void StateStatus(Exchange exchange, in Outcome outcome, HeaderList end)
    {
        if (exchange.IsGrpc && outcome.Reason is (OutcomeReason.NoGrpcStatus or OutcomeReason.HttpStatus))
        {
            worker.Answer.Replace(exchange, outcome, end);
        }
    }

    private static void Commit(Exchange exchange)
    {
        exchange.IsCommitted = true;
        exchange.Body.Forget();
    }
}
