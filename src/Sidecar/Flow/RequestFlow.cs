using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The path of a request through the sidecar. One per worker and listener; runs on the worker's loop only.
/// <code>
///   1 listener ── 2 request head ── 3 snapshot, deadline ── 4 route ── 5 admit ──┐
///                                                             │ unknown: park     │
///                                                             └── until told      ▼
///         ┌──────────────────────── again, within policy and budget ────── 6 attempt: pick, connect, relay
///         │                                                                       │
///         └── 7 classify, retry? ◄────────────────────────────────────────────────┘
///                   │ no
///                   ▼
///             answer (relayed, or made here) ── 8 record
/// </code>
/// Each step fills in its part of the <see cref="Exchange"/> and calls the next; the only way back is from 7 to 6. What a
/// peer causes is a value (<see cref="Outcome"/>), never an exception.
/// </summary>
internal sealed class RequestFlow
{
    private readonly Worker _worker;
    private readonly Destination _destination;
    private readonly FlowTelemetry _telemetry;

    public RequestFlow(Worker worker, Destination destination, FlowTelemetry telemetry)
    {
        _worker = worker;
        _destination = destination;
        _telemetry = telemetry;
        Response = new ResponseRelay(this, worker);
    }

    /// <summary>The way back.</summary>
    public ResponseRelay Response { get; }

    /// <summary>Which side of the sidecar it is.</summary>
    public Direction Direction => _telemetry.Direction;

    /// <summary>The service a call asks for, as its caller wrote it.</summary>
    public ReadOnlySpan<byte> NameFor(Exchange exchange) => _destination.NameFor(exchange.Request);

    /// <summary>Steps 1 to 3: a request has come in.</summary>
    public void Begin(MessageStream downstream, HeaderList headers, bool endStream)
    {
        // 1, 2: who calls is the stream's connection; the head is kept, since a retry sends it again.
        var exchange = _worker.RentExchange();
        exchange.Flow = this;
        exchange.Downstream = downstream;
        downstream.Handler = exchange;
        exchange.Request.CopyFrom(headers);
        exchange.Body.Start(endStream);
        exchange.Protocol = ProtocolOf(exchange);
        exchange.CallerAttempts = CallerHeaders.ReadPreviousAttempts(exchange.Request);
        exchange.Started = exchange.LastActivity = _worker.Loop.Now;

        // 3: one snapshot for the whole call.
        exchange.Snapshot = _worker.Snapshot;
        exchange.DeadlineAt = exchange.CallersDeadlineAt =
            RequestHead.TryGetTimeout(headers, out var timeout) ? exchange.Started + timeout : long.MaxValue;
        _telemetry.OnBegin(exchange);
        if (!Hops.TryPass(exchange.Request))
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.Loop, OutcomeSource.Mesh));
            return;
        }

        Route(exchange);
    }

    /// <summary>Step 4: which service, and which of its routes.</summary>
    public void Route(Exchange exchange)
    {
        var cluster = _destination.Find(exchange);
        if (cluster is null && !exchange.Snapshot.IsWhole && _destination.Want(exchange))
        {
            if (exchange.Snapshot.OutOfReach is not null)
            {
                Refuse(exchange, Outcome.Failed(OutcomeReason.NoControlPlane, OutcomeSource.Mesh));
                return;
            }

            if (IsShortOfMemory)
            {
                Refuse(exchange, Outcome.Failed(OutcomeReason.MemoryExhausted, OutcomeSource.Mesh));
                return;
            }

            StartDeadline(exchange);
            _worker.Parked.Add(exchange);
            exchange.IsParked = true;
            _worker.Loop.Timers.Schedule(exchange.Park, exchange.Started + ServiceDirectory.Patience.Ticks); // from the start, however often it is parked
            return; // Route is called again when a snapshot comes
        }

        exchange.Cluster = cluster;
        if (cluster is not { IsKnown: true })
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.UnknownService, OutcomeSource.Mesh));
            return;
        }

        exchange.Asked = cluster;
        exchange.Request.TryGet(KnownHeader.Method, out var method);
        exchange.Route = cluster.RouteOf(RequestHead.PathOf(exchange.Request), method, new RouteHeaders(exchange.Request));
        if (exchange.Route.Redirect is { } other)
        {
            exchange.Cluster = cluster = exchange.Snapshot.Find(other);
            if (cluster is not { IsKnown: true })
            {
                Refuse(exchange, Outcome.Failed(OutcomeReason.NoRoute, OutcomeSource.Mesh));
                return;
            }
        }

        if (exchange.Route.RequestTimeout is > 0 and var limit)
        {
            exchange.DeadlineAt = Math.Min(exchange.DeadlineAt, exchange.Started + limit);
        }

        StartDeadline(exchange);
        if (exchange.IdleLimit is > 0 and var idle)
        {
            _worker.Loop.Timers.Schedule(exchange.Idle, exchange.Started + idle);
        }

        Admit(exchange);
    }

    /// <summary>What the caller speaks, which the sidecar beside it may know better than its connection.</summary>
    private CallProtocol ProtocolOf(Exchange exchange)
    {
        if (exchange.IsDownstreamHttp1)
        {
            return CallProtocol.Http1;
        }

        if (RequestHead.IsGrpc(exchange.Request))
        {
            return CallProtocol.Grpc;
        }

        return HopProtocol.Take(exchange.Request) && Direction == Direction.Inbound ? CallProtocol.Http1 : CallProtocol.Http2;
    }

    /// <summary>The process takes on no more calls.</summary>
    private bool IsShortOfMemory => _worker.Loop.Segments.Memory.Pressure >= MemoryPressure.Refuse;

    /// <summary>Step 6: one attempt, on an endpoint the balancer and its breaker let through.</summary>
    public void Try(Exchange exchange)
    {
        var cluster = exchange.Cluster!;
        var result = cluster.Balancer.Pick(
            cluster.Set, exchange.Tried, allowTried: true, _worker.Loop.Now, ref _worker.Random, out var index, out var probe);
        if (result != PickResult.Picked)
        {
            // The last attempt's failure says more than that there is nobody else.
            if (exchange.LastAnswer.Count > 0)
            {
                PassOnLast(exchange);
            }
            else
            {
                Refuse(exchange, exchange.Attempts > 0 ? exchange.Outcome : Outcome.FromPick(result));
            }

            return;
        }

        var endpoint = cluster.Endpoints[index];
        exchange.AddTried(endpoint.State);
        exchange.LastEndpoint = endpoint;
        var attempt = _worker.RentAttempt();
        exchange.Current = attempt;
        _telemetry.OnAttempt(exchange, endpoint);
        attempt.Start(exchange, endpoint, probe);
    }

    /// <summary>The head as it goes out with this attempt: the time that remains.</summary>
    public HeaderList HeadFor(Exchange exchange)
    {
        var head = exchange.Request;
        if (!exchange.IsGrpc)
        {
            if (exchange.Protocol == CallProtocol.Http1)
            {
                HopProtocol.Take(head); // of an attempt before
                if (exchange.Wire == Protocol.Http2)
                {
                    HopProtocol.Say(head);
                }
            }

            return head;
        }

        if (exchange.DeadlineAt != long.MaxValue)
        {
            RequestHead.SetTimeout(head, exchange.DeadlineAt - _worker.Loop.Now);
        }

        // Those that no server has looked at do not count (gRFC A6, "transparent retries").
        var previous = exchange.Attempts - 1 - exchange.NotProcessedAttempts;
        if (previous > 0)
        {
            RequestHead.SetPreviousAttempts(head, exchange.CallerAttempts + previous);
        }

        return head;
    }

    /// <summary>Step 7 for an attempt that ended without an answer to pass on.</summary>
    public void OnAttemptFailed(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        if (!TryAgain(exchange, attempt, outcome, null))
        {
            _telemetry.OnAttemptEnded(exchange, outcome);
            attempt.Leave(outcome);
            exchange.Current = null;
            Refuse(exchange, outcome);
        }
    }

    public void OnDeadline(Exchange exchange)
    {
        // Who set the limit answers for it; whether the endpoint does as well is decided where its record is.
        var source = exchange.IsDeadlineCallers ? OutcomeSource.Downstream
            : exchange.Current is null ? OutcomeSource.Mesh
            : OutcomeSource.Upstream;
        var outcome = Outcome.Failed(OutcomeReason.DeadlineExceeded, source);
        LeaveCurrent(exchange, outcome);
        Refuse(exchange, outcome);
    }

    /// <summary>
    /// Nothing has moved for as long as the route allows. The endpoint is to blame only if it owes the answer: two that
    /// have nothing to say to each other have done nothing wrong.
    /// </summary>
    public void OnIdle(Exchange exchange)
    {
        var owesAnswer = exchange.Body.Ended && exchange.Current is { HeadReceived: 0 };
        var outcome = Outcome.Failed(OutcomeReason.IdleTimeout, owesAnswer ? OutcomeSource.Upstream : OutcomeSource.Mesh);
        LeaveCurrent(exchange, outcome);
        Refuse(exchange, outcome);
    }

    /// <summary>
    /// Bytes of the call have come that nobody takes. Where the process has no memory left to hold them, the call ends: what it was lent
    /// before cannot be taken back otherwise, and others would pay for it.
    /// </summary>
    public void OnHeld(Exchange exchange)
    {
        if (_worker.Loop.Segments.Memory.Pressure == MemoryPressure.Spent)
        {
            var outcome = Outcome.Failed(OutcomeReason.MemoryExhausted, OutcomeSource.Mesh);
            LeaveCurrent(exchange, outcome);
            if (exchange.Downstream!.PendingBytes == 0)
            {
                Refuse(exchange, outcome);
                return;
            }

            // Trailers would wait behind what is not taken. To gRPC the code means RESOURCE_EXHAUSTED.
            exchange.Downstream.Reset(ErrorCode.EnhanceYourCalm);
            exchange.Body.Stop();
            Record(exchange, outcome);
        }
    }

    public void OnParkedTooLong(Exchange exchange)
    {
        _worker.Parked.Remove(exchange);
        exchange.IsParked = false;
        Refuse(exchange, Outcome.Failed(OutcomeReason.NoControlPlane, OutcomeSource.Mesh));
    }

    /// <summary>The caller has cancelled, or its connection is gone: so is the reason to go on.</summary>
    public void OnDownstreamGone(Exchange exchange)
    {
        var outcome = Outcome.Cancelled();
        LeaveCurrent(exchange, outcome);
        Record(exchange, outcome);
    }

    /// <summary>The downstream's last word; whatever is left ends here.</summary>
    public void OnDownstreamClosed(Exchange exchange)
    {
        if (!exchange.IsRecorded)
        {
            OnDownstreamGone(exchange);
        }
    }

    /// <summary>Step 5: whether it may go on at all.</summary>
    private void Admit(Exchange exchange)
    {
        if (IsShortOfMemory)
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.MemoryExhausted, OutcomeSource.Mesh));
            return;
        }

        if (!exchange.Cluster!.Limit.TryEnter())
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh));
            return;
        }

        exchange.IsAdmitted = true;
        if (!exchange.IsGrpc && !MaxForwards.TryPass(exchange.Request))
        {
            AnswerHere(exchange);
            return;
        }

        exchange.Body.SetLimit(exchange.Route!.Retry.ReplayLimitBytes);
        exchange.Route.Budget.OnRequest(_worker.Loop.Now);
        Try(exchange);
    }

    /// <summary>The caller wants to know whom it meets on the way: us.</summary>
    private void AnswerHere(Exchange exchange)
    {
        exchange.Downstream!.WriteHeaders(_worker.Answer.Here(), endStream: true);
        EndRequest(exchange);
        Record(exchange, Outcome.Ok(grpcStatus: -1));
    }

    /// <summary>Step 7: decides on another attempt and, if so, is on its way to it.</summary>
    public bool TryAgain(Exchange exchange, Attempt attempt, in Outcome outcome, HeaderList? trailers)
    {
        exchange.Outcome = outcome;
        if (outcome.NotProcessed)
        {
            exchange.NotProcessedAttempts++;
        }

        var route = exchange.Route!;
        var input = new RetryInput(
            outcome,
            exchange.Attempts,
            exchange.NotProcessedAttempts,
            exchange.IsCommitted || exchange.Attempts >= Exchange.MostAttempts,
            exchange.Body.IsReplayable,
            IsRetriable(exchange, route.Retry.Methods),
            exchange.DeadlineAt,
            trailers is null ? null : ResponseHead.Pushback(trailers),
            exchange.Cluster!.Set.Count);
        var verdict = RetryDecision.Decide(
            input, route.Retry, route.Budget, _worker.Loop.Now, ref _worker.Random, out var delay, out var why);
        if (verdict == RetryVerdict.No)
        {
            FlowTelemetry.OnNoRetry(exchange, why);
            return false;
        }

        // Told first: it may be what opens the circuit of the last one there is, whose own answer then stands.
        attempt.Report(outcome);
        exchange.LastAnswer.Clear();
        if (trailers is not null)
        {
            if (!Balancer.CanPick(exchange.Cluster.Set, _worker.Loop.Now))
            {
                return false;
            }

            if (outcome.Reason == OutcomeReason.GrpcStatus)
            {
                exchange.LastAnswer.CopyFrom(trailers);
            }
        }

        _telemetry.OnAttemptEnded(exchange, outcome);
        _telemetry.OnRetry(exchange);
        attempt.Leave(outcome);
        exchange.Current = null;
        ResponseRelay.DropHeld(exchange);
        if (verdict == RetryVerdict.Now)
        {
            Try(exchange);
        }
        else
        {
            _worker.Loop.Timers.Schedule(exchange.Backoff, _worker.Loop.Now + delay);
        }

        return true;
    }

    /// <summary>gRPC's methods as the policy has it; of others those that are idempotent, or that the policy names.</summary>
    private static bool IsRetriable(Exchange exchange, MethodSet methods) =>
        methods.Contains(RequestHead.PathOf(exchange.Request))
        && (exchange.IsGrpc || !methods.IsAll || HttpMethods.IsIdempotent(exchange.Request));

    private void StartDeadline(Exchange exchange)
    {
        if (exchange.DeadlineAt != long.MaxValue)
        {
            _worker.Loop.Timers.Schedule(exchange.Deadline, exchange.DeadlineAt);
        }
    }

    /// <summary>The attempt's answer has been passed on whole.</summary>
    public void Complete(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        _telemetry.OnAttemptEnded(exchange, outcome);
        attempt.Leave(outcome);
        exchange.Current = null;
        EndRequest(exchange);
        Record(exchange, outcome);
    }

    /// <summary>The answer is given; a caller that still sends is told to stop once it has all of it.</summary>
    private static void EndRequest(Exchange exchange)
    {
        exchange.Body.Stop();
        if (!exchange.Body.Ended)
        {
            exchange.Downstream!.StopPeerWhenDone();
        }
    }

    private void LeaveCurrent(Exchange exchange, in Outcome outcome)
    {
        if (exchange.Current is { } attempt)
        {
            _telemetry.OnAttemptEnded(exchange, outcome);
            attempt.Leave(outcome);
            exchange.Current = null;
        }
    }

    /// <summary>An endpoint has answered with a failure, and by now there is nobody left to try: its answer is the call's.</summary>
    private void PassOnLast(Exchange exchange)
    {
        var outcome = exchange.Outcome;
        exchange.IsCommitted = true;
        exchange.Downstream!.WriteHeaders(_worker.Answer.Alone(exchange.LastAnswer), endStream: true);
        EndRequest(exchange);
        Record(exchange, outcome);
    }

    /// <summary>The answer is the mesh's own: what went wrong, in the caller's protocol.</summary>
    private void Refuse(Exchange exchange, in Outcome outcome)
    {
        var downstream = exchange.Downstream!;
        if (!exchange.IsDownstreamHttp1 && MeshAnswer.IsOfNobody(exchange, outcome))
        {
            downstream.Reset(ErrorCode.RefusedStream);
            exchange.Body.Stop();
            Record(exchange, outcome);
            return;
        }

        if (!exchange.IsCommitted)
        {
            _worker.Answer.Write(exchange, outcome);
        }
        else if (exchange.IsGrpc && exchange.ResponseFraming.IsBetweenMessages)
        {
            downstream.WriteTrailers(_worker.Answer.Trailers(exchange, outcome));
        }
        else
        {
            downstream.Reset(ErrorCode.InternalError); // a message is cut in two: only this says so
        }

        EndRequest(exchange);
        Record(exchange, outcome);
    }

    /// <summary>Step 8: once per call.</summary>
    private void Record(Exchange exchange, in Outcome outcome)
    {
        if (exchange.IsRecorded)
        {
            return;
        }

        exchange.IsRecorded = true;
        exchange.Outcome = outcome;
        exchange.Deadline.Cancel();
        exchange.Idle.Cancel();
        exchange.Backoff.Cancel();
        exchange.HeldHead.Cancel();
        if (exchange.IsParked)
        {
            exchange.IsParked = false;
            exchange.Park.Cancel();
            _worker.Parked.Remove(exchange);
        }

        if (exchange.IsAdmitted)
        {
            exchange.Cluster!.Limit.Exit();
        }

        if (outcome.Reason == OutcomeReason.MemoryExhausted)
        {
            CountShed(exchange);
        }

        _telemetry.OnEnd(exchange, outcome);
    }

    private void CountShed(Exchange exchange)
    {
        if (exchange.IsAdmitted)
        {
            _worker.Loop.Segments.Memory.CountEnded();
        }
        else
        {
            _worker.Loop.Segments.Memory.CountRefused();
        }
    }
}
