using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The path of a request through the sidecar. One per worker and listener; runs on the worker's loop only.
/// <code>
///   1 listener ── 2 request head ── 3 snapshot, deadline ── 4 route ── 5 phases ─┐
///                                                             │ unknown: park     │
///                                                             └── until told      ▼
///         ┌──────────────────────── again, within policy and budget ───── 6 attempts: pick, connect, relay
///         │                                                                       │
///         └── 7 classify, retry? ◄────────────────────────────────────────────────┘
///                   │ no
///                   ▼
///             answer (relayed, or made here) ── 8 record
/// </code>
/// Each step fills in its stage of the <see cref="Exchange"/> and calls the next; the only way back is from 7 to 6, both of them in
/// <see cref="AttemptFlow"/>. What a peer causes is a value (<see cref="Outcome"/>), never an exception.
/// </summary>
internal sealed class RequestFlow
{
    private readonly Worker _worker;
    private readonly Destination _destination;
    private readonly FlowTelemetry _telemetry;
    private readonly OwnAnswer _answer;

    public RequestFlow(Worker worker, Destination destination, FlowTelemetry telemetry)
    {
        _worker = worker;
        _destination = destination;
        _telemetry = telemetry;
        _answer = new OwnAnswer(worker);
        KnownAttempts = new KnownAttempts(worker, telemetry.Direction);
        Attempts = new AttemptFlow(this, worker, telemetry);
        Aging = new StreamAging(this, worker);
    }

    /// <summary>What the other side of the sidecar knows of its calls.</summary>
    public KnownAttempts KnownAttempts { get; }

    /// <summary>Steps 6 and 7.</summary>
    public AttemptFlow Attempts { get; }

    /// <summary>Ends streams that have become old.</summary>
    public StreamAging Aging { get; }

    /// <summary>Which side of the sidecar it is.</summary>
    public Direction Direction => _telemetry.Direction;

    /// <summary>The service a call asks for, as its caller wrote it.</summary>
    public ReadOnlySpan<byte> NameFor(Exchange exchange) => _destination.NameFor(exchange.Request);

    /// <summary>Steps 1 to 3: a request has come in.</summary>
    public void Begin(MessageStream downstream, HeaderList headers, bool endStream)
    {
        // 1, 2: who calls is the stream's connection; the head is kept, since each attempt's is built from it.
        var exchange = _worker.RentExchange();
        exchange.Flow = this;
        exchange.Downstream = downstream;
        downstream.Handler = exchange;
        exchange.Request.CopyFrom(headers);
        exchange.Body.Start(endStream);
        ref var head = ref exchange.Head;
        ClientIdentity.Remove(exchange.Request);
        head.Protocol = ProtocolOf(exchange);
        head.CallerAttempts = CallerHeaders.ReadPreviousAttempts(exchange.Request, exchange.IsGrpc);
        head.HopCount = Hops.Passed(headers) + 1;
        head.Started = exchange.LastActivity = _worker.Loop.Now;
        exchange.Stream.Requests.Start(head.Started);
        exchange.Stream.Answers.Start(head.Started);

        // 3: one snapshot for the whole call.
        head.Snapshot = _worker.Snapshot;
        head.DeadlineAt = head.CallersDeadlineAt =
            CallerHeaders.TimeoutOf(exchange.Request, exchange.IsGrpc) is { } timeout ? head.Started + timeout : long.MaxValue;
        _telemetry.OnBegin(exchange);
        if (head.CallerAttempts > 0)
        {
            KnownAttempts.OnRepeat(exchange);
        }

        if (head.HopCount > Hops.Most)
        {
            Refuse(exchange, OutcomeReason.Loop);
            return;
        }

        Route(exchange);
    }

    /// <summary>Step 4: which service, and which of its routes.</summary>
    public void Route(Exchange exchange)
    {
        var snapshot = exchange.Head.Snapshot;
        var cluster = _destination.Find(snapshot, exchange.Request);
        if (cluster is null && !snapshot.IsWhole && _destination.Want(exchange.Request))
        {
            Park(exchange);
            return; // Route is called again when a snapshot comes
        }

        ref var route = ref exchange.Route;
        route.Cluster = cluster;
        if (cluster is not { IsKnown: true })
        {
            Refuse(exchange, OutcomeReason.UnknownService);
            return;
        }

        route.Asked = cluster;
        var rule = route.Rule = cluster.RouteOf(exchange.Target, exchange.Method, new RouteHeaders(exchange.Request));
        if (rule.LeadsElsewhere)
        {
            route.Backend = rule.Choose(exchange);
            route.Cluster = cluster = route.Backend.Choose();
            if (cluster is not { IsKnown: true })
            {
                Refuse(exchange, OutcomeReason.NoRoute);
                return;
            }

            cluster.Use?.OnCalled();
        }

        if (rule.RequestTimeout is > 0 and var limit)
        {
            exchange.Head.DeadlineAt = Math.Min(exchange.Head.DeadlineAt, exchange.Head.Started + limit);
        }

        StartDeadline(exchange);
        if (exchange.IdleLimit is > 0 and var idle)
        {
            _worker.Loop.Timers.Schedule(exchange.Idle, exchange.Head.Started + idle);
        }

        if (rule.MaxStreamAge > 0 && exchange.IsGrpc)
        {
            Aging.Begin(exchange);
        }

        Admit(exchange);
    }

    /// <summary>Step 5: the phases of the route and of where it leads, one after the other.</summary>
    public void Admit(Exchange exchange)
    {
        ref var admission = ref exchange.Admission;
        for (; admission.Passed < exchange.Route.PhaseCount; admission.Passed++)
        {
            var phase = exchange.Route.PhaseAt(admission.Passed);
            var verdict = admission.IsWaiting ? phase.Resume(exchange) : phase.Enter(exchange);
            admission.IsWaiting = verdict.Step == PhaseStep.Wait;
            switch (verdict.Step)
            {
                case PhaseStep.Wait:
                    _worker.Loop.Timers.Schedule(exchange.Pause, _worker.Loop.Now + verdict.Ticks);
                    return; // Admit is called again when it is over
                case PhaseStep.Answer:
                    admission.RetryAfter = verdict.Ticks;
                    Answer(exchange, verdict.Outcome);
                    return;
            }
        }

        admission.IsAdmitted = true;
        exchange.Body.SetLimit(exchange.Route.Rule!.Retry.ReplayLimitBytes);
        if (exchange.Head.CallerAttempts == 0)
        {
            exchange.Route.Rule.Budget.OnRequest(_worker.Loop.Now);
        }

        Attempts.Try(exchange);
    }

    /// <summary>What a phase had the call wait for, or the policy between two attempts, is over.</summary>
    public void OnPauseOver(Exchange exchange)
    {
        if (exchange.Admission.IsWaiting)
        {
            Admit(exchange);
        }
        else
        {
            Attempts.Try(exchange);
        }
    }

    public void OnDeadline(Exchange exchange)
    {
        // Who set the limit answers for it; whether the endpoint does as well is decided where its record is.
        var source = exchange.Head.IsDeadlineCallers ? OutcomeSource.Downstream
            : exchange.Attempts.Live.IsEmpty ? OutcomeSource.Mesh
            : OutcomeSource.Upstream;
        End(exchange, Outcome.Failed(OutcomeReason.DeadlineExceeded, source));
    }

    /// <summary>
    /// Nothing has moved for as long as the route allows. The endpoint is to blame only if it owes the answer: two that
    /// have nothing to say to each other have done nothing wrong.
    /// </summary>
    public void OnIdle(Exchange exchange)
    {
        var owesAnswer = exchange.Body.Ended && !exchange.Attempts.Live.IsEmpty && !exchange.Attempts.IsAnswered;
        End(exchange, Outcome.Failed(OutcomeReason.IdleTimeout, owesAnswer ? OutcomeSource.Upstream : OutcomeSource.Mesh));
    }

    /// <summary>The stream has lasted for as long as its route lets streams last, and nothing is lost if it ends now: nobody is to blame.</summary>
    public void OnTooOld(Exchange exchange) => End(exchange, Outcome.Failed(OutcomeReason.MaxStreamAge, OutcomeSource.Mesh));

    /// <summary>
    /// Bytes of the call have come that nobody takes. Where the process has no memory left to hold them, the call ends: what it was lent
    /// before cannot be taken back otherwise, and others would pay for it.
    /// </summary>
    public void OnHeld(Exchange exchange)
    {
        if (_worker.Loop.Segments.Memory.Pressure == MemoryPressure.Spent)
        {
            var outcome = Outcome.Failed(OutcomeReason.MemoryExhausted, OutcomeSource.Mesh);
            Attempts.LeaveAll(exchange, outcome);
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
        exchange.Route.IsParked = false;
        Refuse(exchange, OutcomeReason.NoControlPlane);
    }

    /// <summary>The caller has cancelled, or its connection is gone: so is the reason to go on.</summary>
    public void OnDownstreamGone(Exchange exchange)
    {
        var outcome = Outcome.Cancelled();
        Attempts.LeaveAll(exchange, outcome);
        Record(exchange, outcome);
    }

    /// <summary>The downstream's last word; whatever is left ends here.</summary>
    public void OnDownstreamClosed(Exchange exchange)
    {
        if (!exchange.End.IsRecorded)
        {
            OnDownstreamGone(exchange);
        }
    }

    /// <summary>The answer is the mesh's own: what went wrong, in the caller's protocol.</summary>
    public void Refuse(Exchange exchange, in Outcome outcome)
    {
        _answer.Refuse(exchange, outcome);
        Record(exchange, outcome);
    }

    /// <summary>An endpoint has answered with a failure, and by now there is nobody left to try: its answer is the call's.</summary>
    public void PassOnLast(Exchange exchange)
    {
        var outcome = exchange.End.Outcome;
        _answer.PassOnLast(exchange);
        Record(exchange, outcome);
    }

    /// <summary>An attempt's answer has been passed on whole.</summary>
    public void Complete(Exchange exchange, in Outcome outcome)
    {
        OwnAnswer.EndRequest(exchange);
        Record(exchange, outcome);
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

        return HopProtocol.Remove(exchange.Request) && Direction == Direction.Inbound ? CallProtocol.Http1 : CallProtocol.Http2;
    }

    /// <summary>Nothing is known of the service yet, and it has been asked for.</summary>
    private void Park(Exchange exchange)
    {
        if (exchange.Head.Snapshot.OutOfReach is not null)
        {
            Refuse(exchange, OutcomeReason.NoControlPlane);
            return;
        }

        if (_worker.Loop.Segments.Memory.Pressure >= MemoryPressure.Refuse)
        {
            Refuse(exchange, OutcomeReason.MemoryExhausted);
            return;
        }

        StartDeadline(exchange);
        _worker.Parked.Add(exchange);
        exchange.Route.IsParked = true;

        // From the start, however often it is parked.
        _worker.Loop.Timers.Schedule(exchange.Park, exchange.Head.Started + ServiceDirectory.Patience.Ticks);
    }

    private void StartDeadline(Exchange exchange)
    {
        if (exchange.Head.DeadlineAt != long.MaxValue)
        {
            _worker.Loop.Timers.Schedule(exchange.Deadline, exchange.Head.DeadlineAt);
        }
    }

    private void Answer(Exchange exchange, in Outcome outcome)
    {
        if (RouteReply.IsMeant(exchange, outcome))
        {
            _answer.OfRoute(exchange, outcome);
            Record(exchange, outcome);
        }
        else if (outcome.Class == OutcomeClass.Success)
        {
            _answer.Here(exchange);
            Record(exchange, outcome);
        }
        else
        {
            Refuse(exchange, outcome);
        }
    }

    private void End(Exchange exchange, in Outcome outcome)
    {
        Attempts.LeaveAll(exchange, outcome);
        Refuse(exchange, outcome);
    }

    private void Refuse(Exchange exchange, OutcomeReason reason) => Refuse(exchange, Outcome.Failed(reason, OutcomeSource.Mesh));

    /// <summary>Step 8: once per call.</summary>
    private void Record(Exchange exchange, in Outcome outcome)
    {
        if (exchange.End.IsRecorded)
        {
            return;
        }

        exchange.End.IsRecorded = true;
        exchange.End.Outcome = outcome;
        Attempts.LeaveShadows(exchange);
        exchange.Deadline.Cancel();
        exchange.Idle.Cancel();
        exchange.Pause.Cancel();
        exchange.Hedge.Cancel();
        exchange.Age.Cancel();
        if (exchange.Route.IsParked)
        {
            exchange.Route.IsParked = false;
            exchange.Park.Cancel();
            _worker.Parked.Remove(exchange);
        }

        if (exchange.Head.CallerAttempts > 0)
        {
            KnownAttempts.OnRepeatEnded(exchange);
        }

        LeavePhases(exchange, outcome);
        if (outcome.Reason == OutcomeReason.MemoryExhausted)
        {
            CountShed(exchange);
        }

        _telemetry.OnEnd(exchange, outcome);
    }

    private static void LeavePhases(Exchange exchange, in Outcome outcome)
    {
        for (var i = exchange.Admission.Passed - 1; i >= 0; i--)
        {
            exchange.Route.PhaseAt(i).Leave(exchange, outcome);
        }
    }

    private void CountShed(Exchange exchange)
    {
        if (exchange.Admission.IsAdmitted)
        {
            _worker.Loop.Segments.Memory.CountEnded();
        }
        else
        {
            _worker.Loop.Segments.Memory.CountRefused();
        }
    }
}
