using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Workers;

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
internal sealed class RequestFlow(Worker worker, Destination destination, FlowTelemetry telemetry)
{
    /// <summary>How long a call waits for the control plane's word on a service nobody here has called before.</summary>
    private static readonly long ParkTime = TimeSpan.FromSeconds(5).Ticks;

    /// <summary>
    /// How long an answer's head is held back for the sake of a retry. A unary answer follows its head at once; a stream
    /// that says hello and then waits must not be held.
    /// </summary>
    private static readonly long HoldTime = TimeSpan.FromMilliseconds(20).Ticks;

    /// <summary>The service a call asks for, as its caller wrote it.</summary>
    public ReadOnlySpan<byte> NameFor(Exchange exchange) => destination.NameFor(exchange.Request);

    /// <summary>Steps 1 to 3: a request has come in.</summary>
    public void Begin(Http2Stream downstream, HeaderList headers, bool endStream)
    {
        // 1, 2: who calls is the stream's connection; the head is kept, since a retry sends it again.
        var exchange = worker.RentExchange();
        exchange.Flow = this;
        exchange.Downstream = downstream;
        downstream.Handler = exchange;
        exchange.Request.CopyFrom(headers);
        exchange.Body.Start(endStream);
        exchange.IsGrpc = RequestHead.IsGrpc(headers);
        exchange.Started = worker.Loop.Now;

        // 3: one snapshot for the whole call.
        exchange.Snapshot = worker.Snapshot;
        exchange.DeadlineAt = RequestHead.TryGetTimeout(headers, out var timeout) ? exchange.Started + timeout : long.MaxValue;
        telemetry.OnBegin(exchange);
        if (worker.IsDraining)
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.Draining, OutcomeSource.Mesh));
            return;
        }

        Route(exchange);
    }

    /// <summary>Step 4: which service, and which of its routes.</summary>
    public void Route(Exchange exchange)
    {
        var cluster = destination.Find(exchange);
        if (cluster is null && !exchange.Snapshot.IsWhole && destination.Want(exchange))
        {
            StartDeadline(exchange);
            worker.Parked.Add(exchange);
            exchange.IsParked = true;
            worker.Loop.Timers.Schedule(exchange.Park, exchange.Started + ParkTime); // from the start, however often it is parked
            return; // Route is called again when a snapshot comes
        }

        exchange.Cluster = cluster;
        if (cluster is not { IsKnown: true })
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.UnknownService, OutcomeSource.Mesh));
            return;
        }

        exchange.Route = Destination.RouteOf(cluster, exchange.Request);
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
        Admit(exchange);
    }

    /// <summary>Step 6: one attempt, on an endpoint the balancer and its breaker let through.</summary>
    public void Try(Exchange exchange)
    {
        var cluster = exchange.Cluster!;
        var result = cluster.Balancer.Pick(
            cluster.Set, exchange.Tried, allowTried: true, worker.Loop.Now, ref worker.Random, out var index, out var isProbe);
        if (result != PickResult.Picked)
        {
            // The last attempt's failure says more than that there is nobody else.
            Refuse(exchange, exchange.Attempts > 0 ? exchange.Outcome : Outcome.Failed(NoPickReason(result), OutcomeSource.Mesh));
            return;
        }

        var endpoint = cluster.Endpoints[index];
        exchange.AddTried(endpoint.State);
        exchange.LastEndpoint = endpoint;
        var attempt = worker.RentAttempt();
        exchange.Current = attempt;
        telemetry.OnAttempt(exchange, endpoint);
        attempt.Start(exchange, endpoint, isProbe);
    }

    /// <summary>The head as it goes out with this attempt: the time that remains.</summary>
    public HeaderList HeadFor(Exchange exchange)
    {
        var head = exchange.Request;
        if (!exchange.IsGrpc)
        {
            return head;
        }

        if (exchange.DeadlineAt != long.MaxValue)
        {
            RequestHead.SetTimeout(head, exchange.DeadlineAt - worker.Loop.Now);
        }

        // Those that no server has looked at do not count (gRFC A6, "transparent retries").
        var previous = exchange.Attempts - 1 - exchange.NotProcessedAttempts;
        if (previous > 0)
        {
            RequestHead.SetPreviousAttempts(head, previous);
        }

        return head;
    }

    /// <summary>1xx goes through, unless the final head has been passed on (it cannot have).</summary>
    public void OnInterim(Exchange exchange, HeaderList headers)
    {
        if (!exchange.IsCommitted)
        {
            exchange.Downstream!.WriteHeaders(headers, endStream: false);
        }
    }

    /// <summary>The attempt's answer begins.</summary>
    public void OnResponseHead(Exchange exchange, Attempt attempt, HeaderList headers, bool endStream)
    {
        if (exchange.IsGrpc && !ResponseHead.IsGrpc(headers, out var httpStatus))
        {
            // Somebody answers who does not speak gRPC: the caller is told what that means in gRPC's terms.
            OnAttemptFailed(exchange, attempt, Outcome.FromHttp(httpStatus) is { Class: OutcomeClass.Failure } failed
                ? failed
                : new Outcome(OutcomeClass.Failure, OutcomeReason.HttpStatus, OutcomeSource.Upstream, false, GrpcStatus.Unknown, httpStatus));
            return;
        }

        if (endStream)
        {
            var outcome = exchange.IsGrpc ? ResponseHead.GrpcOutcome(headers) : ResponseHead.HttpOutcome(headers);
            if (outcome.Class == OutcomeClass.Failure && MayRetry(exchange, attempt, outcome, headers))
            {
                return;
            }

            Commit(exchange);
            exchange.Downstream!.WriteHeaders(headers, endStream: true);
            Complete(exchange, attempt, outcome);
            return;
        }

        if (!exchange.IsGrpc)
        {
            exchange.Outcome = ResponseHead.HttpOutcome(headers);
            if (exchange.Outcome.Class == OutcomeClass.Failure && MayRetry(exchange, attempt, exchange.Outcome, headers))
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

    public void OnResponseData(Exchange exchange, Attempt attempt, ReadOnlySpan<byte> data, bool endStream)
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
            Complete(exchange, attempt, exchange.IsGrpc ? Outcome.FromGrpc(GrpcStatus.Unknown) : exchange.Outcome);
        }
    }

    public void OnResponseTrailers(Exchange exchange, Attempt attempt, HeaderList trailers)
    {
        var outcome = exchange.IsGrpc ? ResponseHead.GrpcOutcome(trailers) : exchange.Outcome;
        if (exchange.IsHolding && outcome.Class == OutcomeClass.Failure && MayRetry(exchange, attempt, outcome, trailers))
        {
            return;
        }

        ReleaseHeld(exchange);
        exchange.Downstream!.WriteTrailers(trailers);
        Complete(exchange, attempt, outcome);
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

    /// <summary>Step 7 for an attempt that ended without an answer to pass on.</summary>
    public void OnAttemptFailed(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        if (!MayRetry(exchange, attempt, outcome, null))
        {
            telemetry.OnAttemptEnded(exchange, outcome);
            attempt.Leave(outcome);
            exchange.Current = null;
            Refuse(exchange, outcome);
        }
    }

    public void OnDeadline(Exchange exchange)
    {
        var outcome = Outcome.Failed(
            OutcomeReason.DeadlineExceeded, exchange.Current is null ? OutcomeSource.Mesh : OutcomeSource.Upstream);
        LeaveCurrent(exchange, outcome);
        Refuse(exchange, outcome);
    }

    public void OnParkedTooLong(Exchange exchange)
    {
        worker.Parked.Remove(exchange);
        exchange.IsParked = false;
        Refuse(exchange, Outcome.Failed(OutcomeReason.NoRoute, OutcomeSource.Mesh));
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
        if (!exchange.Cluster!.Limit.TryEnter())
        {
            Refuse(exchange, Outcome.Failed(OutcomeReason.Overflow, OutcomeSource.Mesh));
            return;
        }

        exchange.IsAdmitted = true;
        exchange.Body.SetLimit(exchange.Route!.Retry.ReplayLimitBytes);
        exchange.Route.Budget.OnRequest(worker.Loop.Now);
        Try(exchange);
    }

    /// <summary>Step 7: decides on another attempt and, if so, is on its way to it.</summary>
    private bool MayRetry(Exchange exchange, Attempt attempt, in Outcome outcome, HeaderList? trailers)
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
            route.Retry.Methods.Contains(RequestHead.PathOf(exchange.Request)),
            exchange.DeadlineAt,
            trailers is null ? null : ResponseHead.Pushback(trailers),
            exchange.Cluster!.Set.Count);
        var verdict = RetryDecision.Decide(
            input, route.Retry, route.Budget, worker.Loop.Now, ref worker.Random, out var delay, out _);
        if (verdict == RetryVerdict.No)
        {
            return false;
        }

        telemetry.OnAttemptEnded(exchange, outcome);
        telemetry.OnRetry(exchange);
        attempt.Leave(outcome);
        exchange.Current = null;
        exchange.IsHolding = false;
        exchange.HeldHead.Cancel();
        exchange.Held.Clear();
        if (verdict == RetryVerdict.Now)
        {
            Try(exchange);
        }
        else
        {
            worker.Loop.Timers.Schedule(exchange.Backoff, worker.Loop.Now + delay);
        }

        return true;
    }

    private static OutcomeReason NoPickReason(PickResult result) =>
        result == PickResult.AllBroken ? OutcomeReason.CircuitOpen : OutcomeReason.NoHealthyUpstream;

    private void StartDeadline(Exchange exchange)
    {
        if (exchange.DeadlineAt != long.MaxValue)
        {
            worker.Loop.Timers.Schedule(exchange.Deadline, exchange.DeadlineAt);
        }
    }

    private static void Commit(Exchange exchange)
    {
        exchange.IsCommitted = true;
        exchange.Body.Forget();
    }

    /// <summary>The attempt's answer has been passed on whole.</summary>
    private void Complete(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        telemetry.OnAttemptEnded(exchange, outcome);
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
            telemetry.OnAttemptEnded(exchange, outcome);
            attempt.Leave(outcome);
            exchange.Current = null;
        }
    }

    /// <summary>The answer is the mesh's own: what went wrong, in the caller's protocol.</summary>
    private void Refuse(Exchange exchange, in Outcome outcome)
    {
        var downstream = exchange.Downstream!;
        if (!exchange.IsCommitted)
        {
            downstream.WriteHeaders(MeshAnswer.Head(exchange, outcome, worker.Answer), endStream: true);
        }
        else if (exchange.IsGrpc && exchange.ResponseFraming.IsBetweenMessages)
        {
            downstream.WriteTrailers(MeshAnswer.Trailers(exchange, outcome, worker.Answer));
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
        exchange.Backoff.Cancel();
        exchange.HeldHead.Cancel();
        if (exchange.IsParked)
        {
            exchange.IsParked = false;
            exchange.Park.Cancel();
            worker.Parked.Remove(exchange);
        }

        if (exchange.IsAdmitted)
        {
            exchange.Cluster!.Limit.Exit();
        }

        telemetry.OnEnd(exchange, outcome);
    }
}
