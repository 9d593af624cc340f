using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The way back: passes an attempt's answer on to the caller as it comes, and holds back its head for as long as the answer
/// may still turn out to be one that is tried again. Part of a <see cref="RequestFlow"/>.
/// </summary>
internal sealed class ResponseRelay(RequestFlow flow, Worker worker) : AttemptRelay
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

    private const uint RefusedStream = 7;

    /// <summary>1xx goes through to a caller who can make something of it; gRPC knows none (gRPC over HTTP/2, "Responses").</summary>
    public override void OnInterim(Attempt attempt, HeaderList headers)
    {
        var exchange = attempt.Exchange!;
        if (++attempt.Answer.Interims > MostInterims)
        {
            flow.Attempts.OnFailed(exchange, attempt, Outcome.Failed(OutcomeReason.ProtocolError, OutcomeSource.Upstream));
        }
        else if (!exchange.IsGrpc && !exchange.Attempts.HasCompetitorOf(attempt))
        {
            exchange.OnActivity();
            exchange.Downstream!.WriteHeaders(headers, endStream: false);
        }
    }

    public override void OnHeaders(Attempt attempt, HeaderList headers, bool endStream)
    {
        var exchange = attempt.Exchange!;
        ref var answer = ref attempt.Answer;
        if (exchange.IsGrpc)
        {
            if (!ResponseHead.IsGrpc(headers, endStream, out var httpStatus))
            {
                // The caller is told what that means in gRPC's terms.
                var outcome = ResponseHead.NotGrpc(httpStatus);
                answer.Rest = ResponseHead.RestOf(outcome, headers);
                flow.Attempts.OnFailed(exchange, attempt, outcome);
                return;
            }

            answer.GrpcHttpStatus = httpStatus;
            if (httpStatus != 200)
            {
                ResponseHead.MendStatus(headers);
            }
        }
        else if (attempt.Stream!.Protocol == Protocol.Http1 && NotProcessed.Remove(headers, flow.Direction))
        {
            flow.Attempts.OnFailed(exchange, attempt, Outcome.FromReset(RefusedStream));
            return;
        }

        if (endStream)
        {
            OnWhole(exchange, attempt, headers);
            return;
        }

        if (!exchange.IsGrpc)
        {
            answer.Outcome = LocalReply.Read(ResponseHead.HttpOutcome(headers), headers, flow.Direction);
            answer.Rest = ResponseHead.RestOf(answer.Outcome, headers);
            if (answer.Outcome.Class == OutcomeClass.Failure && flow.Attempts.TryAgain(exchange, attempt, answer.Outcome, headers))
            {
                return;
            }

            flow.KnownAttempts.OnAnswer(exchange, answer.Outcome, headers);
            exchange.Response.IsTunnel = answer.Outcome.HttpStatus == SwitchingProtocols;
        }
        else if (headers.IndexOf(KnownHeader.GrpcStatus) >= 0)
        {
            answer.Outcome = ResponseHead.ReadGrpcOutcome(headers);
            answer.HasEarlyStatus = true;
        }
        else if (exchange.Route.Rule!.RetriesByCode && exchange.Body.IsReplayable)
        {
            attempt.Hold(headers, HoldTime);
            return;
        }

        flow.Attempts.Commit(exchange, attempt);
        WriteHead(exchange, headers, endStream: false);
    }

    public override void OnData(Attempt attempt, ReadOnlySpan<byte> data, bool endStream)
    {
        var exchange = attempt.Exchange!;

        // gRPC ends with trailers: without, nobody has said how it went.
        var endsMute = endStream && exchange.IsGrpc && !attempt.Answer.HasEarlyStatus;
        if (!endsMute || !data.IsEmpty)
        {
            OnHeldLongEnough(attempt);
            if (exchange.IsGrpc)
            {
                exchange.Stream.Answers.Feed(data, exchange.LastActivity);
            }
            else
            {
                exchange.Stream.Answers.Pass(exchange.LastActivity);
            }

            exchange.Response.Bytes += data.Length;
            var sent = exchange.Downstream!.Write(data, endStream && !endsMute);
            attempt.Stream!.ReturnCredit(sent);
            if (sent < data.Length)
            {
                flow.OnHeld(exchange);
                if (exchange.End.IsRecorded)
                {
                    return; // it has ended with that
                }
            }

            if (exchange.Stream.IsAging && !endStream && flow.Aging.OnAnswer(exchange))
            {
                return;
            }
        }

        if (endsMute)
        {
            flow.Attempts.OnFailed(exchange, attempt, ResponseHead.Unstated(attempt.Answer.GrpcHttpStatus));
        }
        else if (endStream && exchange.Response.IsTunnel && !exchange.Body.Ended)
        {
            exchange.Response.IsAnswered = true; // the caller's last words still go
        }
        else if (endStream)
        {
            flow.Attempts.Complete(exchange, attempt, attempt.Answer.Outcome);
        }
    }

    public override void OnTrailers(Attempt attempt, HeaderList trailers)
    {
        var exchange = attempt.Exchange!;
        var outcome = exchange.IsGrpc ? ResponseHead.ReadGrpcOutcome(trailers) : attempt.Answer.Outcome;
        if (outcome.Reason == OutcomeReason.NoGrpcStatus)
        {
            outcome = ResponseHead.Unstated(attempt.Answer.GrpcHttpStatus);
        }

        outcome = LocalReply.Read(outcome, trailers, flow.Direction);
        if (exchange.IsGrpc)
        {
            attempt.Answer.Rest = ResponseHead.RestOf(outcome, trailers);
        }

        if (attempt.Answer.IsHeld && outcome.Class == OutcomeClass.Failure && flow.Attempts.TryAgain(exchange, attempt, outcome, trailers))
        {
            return;
        }

        OnHeldLongEnough(attempt);
        flow.KnownAttempts.OnAnswer(exchange, outcome, trailers);
        StateStatus(exchange, outcome, trailers);
        exchange.Downstream!.WriteTrailers(trailers);
        flow.Attempts.Complete(exchange, attempt, outcome);
    }

    /// <summary>The head that was held back goes on: it is the answer.</summary>
    public override void OnHeldLongEnough(Attempt attempt)
    {
        if (attempt.Answer.IsHeld)
        {
            var exchange = attempt.Exchange!;
            attempt.StopHolding();
            flow.Attempts.Commit(exchange, attempt);
            WriteHead(exchange, attempt.Held, endStream: false);
            attempt.Held.Clear();
        }
    }

    public override void OnEnded(Attempt attempt, in Outcome outcome) => flow.Attempts.OnFailed(attempt.Exchange!, attempt, outcome);

    /// <summary>The answer is a head only.</summary>
    private void OnWhole(Exchange exchange, Attempt attempt, HeaderList headers)
    {
        var outcome = exchange.IsGrpc ? ResponseHead.ReadGrpcOutcome(headers) : ResponseHead.HttpOutcome(headers);
        outcome = LocalReply.Read(outcome, headers, flow.Direction);
        attempt.Answer.Rest = ResponseHead.RestOf(outcome, headers);
        if (outcome.Class == OutcomeClass.Failure && flow.Attempts.TryAgain(exchange, attempt, outcome, headers))
        {
            return;
        }

        flow.Attempts.Commit(exchange, attempt);
        flow.KnownAttempts.OnAnswer(exchange, outcome, headers);
        StateStatus(exchange, outcome, headers);
        WriteHead(exchange, headers, endStream: true);
        flow.Attempts.Complete(exchange, attempt, outcome);
    }

    private static void WriteHead(Exchange exchange, HeaderList headers, bool endStream)
    {
        exchange.Route.Rule!.Rewrite?.Response?.ApplyTo(headers);
        exchange.Downstream!.WriteHeaders(headers, endStream);
    }

    /// <summary>Clients make different things of an end without a status: they are given the one it stands for.</summary>
    private void StateStatus(Exchange exchange, in Outcome outcome, HeaderList end)
    {
        if (exchange.IsGrpc && outcome.Reason is (OutcomeReason.NoGrpcStatus or OutcomeReason.HttpStatus))
        {
            worker.Answer.Replace(exchange, outcome, end);
        }
    }
}
