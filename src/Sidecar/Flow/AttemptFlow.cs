using System.Buffers.Text;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>Steps 6 and 7 of the path: attempts, and what follows from how they end. Part of a <see cref="RequestFlow"/>.</summary>
internal sealed class AttemptFlow
{
    private readonly RequestFlow _flow;
    private readonly Worker _worker;
    private readonly FlowTelemetry _telemetry;
    private readonly ResponseRelay _relay;
    private readonly ShadowRelay _shadows;

    public AttemptFlow(RequestFlow flow, Worker worker, FlowTelemetry telemetry)
    {
        _flow = flow;
        _worker = worker;
        _telemetry = telemetry;
        _relay = new ResponseRelay(flow, worker);
        _shadows = new ShadowRelay(worker);
        Companions = new CompanionFlow(this, worker);
    }

    /// <summary>What goes beside the first attempt.</summary>
    public CompanionFlow Companions { get; }

    /// <summary>Step 6: one attempt, on an endpoint that the balancer and its breaker let through; where there is none, the call ends.</summary>
    public void Try(Exchange exchange)
    {
        var result = Begin(exchange, mayRepeat: true);
        if (result == PickResult.Picked)
        {
            // A connection that fails at once may have ended the call by now.
            if (exchange is { Attempts.Made: 1, End.IsRecorded: false, Route.Rule.HasCompanions: true })
            {
                Companions.Begin(exchange);
            }

            return;
        }

        // The last attempt's failure says more than that there is nobody else.
        if (exchange.LastAnswer.Count > 0)
        {
            _flow.PassOnLast(exchange);
        }
        else
        {
            _flow.Refuse(exchange, exchange.Attempts.Made > 0 ? exchange.End.Outcome : Outcome.FromPick(result));
        }
    }

    /// <summary>
    /// Another attempt beside those under way, on an endpoint where the call has not been: the first answer is the call's, and the
    /// others lose (gRFC A6, "hedging").
    /// </summary>
    /// <returns>Whether there is one.</returns>
    public bool TryBeside(Exchange exchange) =>
        exchange is { Response.IsCommitted: false, End.IsRecorded: false, Attempts: { HasRoom: true, IsUsedUp: false }, Body.IsReplayable: true }
        && Begin(exchange, mayRepeat: false) == PickResult.Picked;

    /// <summary>A copy of the call to another cluster, whose answer is for nobody, and which neither holds the call up nor fails it.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryShadow(Exchange exchange, Cluster cluster)
    {
        if (exchange.End.IsRecorded || !exchange.Attempts.HasRoom || !exchange.Body.IsReplayable || !cluster.Limit.TryEnter())
        {
            return false;
        }

        if (cluster.Balancer.Pick(cluster.Set, new PickContext(_worker.Loop.Now) { Call = exchange }, ref _worker.Random, out var pick) != PickResult.Picked)
        {
            cluster.Limit.Exit();
            return false;
        }

        var attempt = _worker.RentAttempt();
        attempt.Begin(exchange, _shadows, cluster, pick, isShadow: true);
        attempt.KeepPlace(cluster.Limit);
        exchange.Attempts.AddShadow(attempt);
        cluster.Statistics.OnAttempt(_worker.Index);
        attempt.Connect(exchange.WireTo(attempt.Endpoint));
        return true;
    }

    /// <summary>What an attempt asks: as its caller said it and its route changes it, with what the next hop is to know.</summary>
    public void WriteHead(Exchange exchange, Attempt attempt)
    {
        var head = attempt.Head;
        head.CopyFrom(exchange.Request);
        exchange.Route.Rule!.Rewrite?.ApplyTo(head, _worker.Room);
        Hops.Write(head, exchange.Head.HopCount);
        if (exchange.Identity is { } caller && _flow.Direction == Direction.Inbound)
        {
            ClientIdentity.Write(head, caller);
        }

        FlowTelemetry.WriteTrace(attempt);
        if (!exchange.IsGrpc)
        {
            if (exchange.Head.Protocol == CallProtocol.Http1 && attempt.Endpoint.IsSidecar && exchange.WireTo(attempt.Endpoint) == Protocol.Http2)
            {
                HopProtocol.Say(head);
            }

            CountDown(head);
            if (exchange.Head.CallersDeadlineAt != long.MaxValue)
            {
                CallerHeaders.PassTimeoutOn(head, exchange.Head.DeadlineAt - _worker.Loop.Now);
            }
        }
        else if (exchange.Head.DeadlineAt != long.MaxValue)
        {
            RequestHead.SetTimeout(head, exchange.Head.DeadlineAt - _worker.Loop.Now);
        }

        // Those that no server has looked at do not count (gRFC A6, "transparent retries"). Where the caller has made some, we make none.
        var previous = exchange.Attempts.Made - 1 - exchange.Attempts.NotProcessed;
        if (previous > 0 && exchange.Head.CallerAttempts == 0)
        {
            RequestHead.SetPreviousAttempts(head, previous, exchange.IsGrpc);
        }
    }

    /// <summary>Step 7 for an attempt that ended without an answer to pass on.</summary>
    public void OnFailed(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        if (exchange.Attempts.HasCompetitorOf(attempt))
        {
            CountNotProcessed(exchange, outcome);
            Finish(exchange, attempt, outcome); // another may still answer
        }
        else if (!TryAgain(exchange, attempt, outcome, null))
        {
            Finish(exchange, attempt, outcome);
            _flow.Refuse(exchange, outcome);
        }
    }

    /// <summary>Step 7: decides on another attempt and, if so, is on its way to it, or to the answer of one that is under way.</summary>
    public bool TryAgain(Exchange exchange, Attempt attempt, in Outcome outcome, HeaderList? trailers)
    {
        exchange.End.Outcome = outcome;
        CountNotProcessed(exchange, outcome);
        var rule = exchange.Route.Rule!;
        var input = new RetryInput(
            outcome,
            exchange.Attempts.Made,
            exchange.Attempts.NotProcessed,
            exchange.Response.IsCommitted || exchange.Attempts.IsUsedUp,
            exchange.Body.IsReplayable,
            IsRetriable(exchange, rule.Retry.Methods),
            exchange.Head.DeadlineAt,
            trailers is null ? null : ResponseHead.Pushback(trailers),
            exchange.Route.Cluster!.Set.Count,
            _flow.KnownAttempts.IsRepeat(exchange));
        var verdict = RetryDecision.Decide(
            input, rule.Retry, rule.Budget, _worker.Loop.Now, ref _worker.Random, out var delay, out var why);
        if (verdict == RetryVerdict.No)
        {
            FlowTelemetry.OnNoRetry(exchange, why);
            _flow.KnownAttempts.OnGivenUp(exchange, why);
            return false;
        }

        // Told first: it may be what opens the circuit of the last one there is, whose own answer then stands.
        attempt.Report(outcome);
        exchange.LastAnswer.Clear();
        if (trailers is not null)
        {
            if (!Balancer.CanPick(exchange.Route.Cluster.Set, _worker.Loop.Now))
            {
                return false;
            }

            if (outcome.Reason == OutcomeReason.GrpcStatus)
            {
                exchange.LastAnswer.CopyFrom(trailers);
            }
        }

        if (exchange.Attempts.HasCompetitorOf(attempt))
        {
            Finish(exchange, attempt, outcome); // which is the other attempt
            return true;
        }

        _telemetry.OnAttemptEnded(exchange, attempt, outcome);
        _telemetry.OnRetry(exchange, attempt);
        Leave(exchange, attempt, outcome);
        if (verdict == RetryVerdict.Now)
        {
            Try(exchange);
        }
        else
        {
            _worker.Loop.Timers.Schedule(exchange.Pause, _worker.Loop.Now + delay);
        }

        return true;
    }

    /// <summary>A part of its answer goes on to the caller: from here on it is the call's, and the others have lost.</summary>
    public void Commit(Exchange exchange, Attempt attempt)
    {
        exchange.Response.IsCommitted = true;
        exchange.Attempts.Committed = attempt;
        exchange.Route.Rule!.Hedging?.OnAnswered(_worker.Loop.Now - exchange.Head.Started);
        exchange.Body.Forget();
        if (exchange.Attempts.Live.Length > 1)
        {
            LeaveOthers(exchange, attempt);
        }
    }

    /// <summary>The attempt's answer has been passed on whole.</summary>
    public void Complete(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        Finish(exchange, attempt, outcome);
        _flow.Complete(exchange, outcome);
    }

    /// <summary>The call is over for another reason than an attempt's end.</summary>
    public void LeaveAll(Exchange exchange, in Outcome outcome)
    {
        for (var i = exchange.Attempts.Live.Length - 1; i >= 0; i--)
        {
            if (exchange.Attempts.Live[i] is { IsShadow: false } attempt)
            {
                Finish(exchange, attempt, outcome);
            }
        }
    }

    /// <summary>The call is recorded: shadows that have all of the request go on by themselves, the others have come too late.</summary>
    public void LeaveShadows(Exchange exchange)
    {
        while (!exchange.Attempts.Live.IsEmpty)
        {
            var shadow = exchange.Attempts.Live[^1];
            if (shadow.Stream is not null && exchange.Body.Ended)
            {
                exchange.Attempts.Remove(shadow);
                shadow.GoOnAlone();
            }
            else
            {
                shadow.Lose();
            }
        }
    }

    private PickResult Begin(Exchange exchange, bool mayRepeat)
    {
        var cluster = exchange.Route.Cluster!;
        var now = _worker.Loop.Now;
        var context = new PickContext(now)
        {
            Tried = exchange.Attempts.Tried,
            MayRepeat = mayRepeat,
            Call = exchange,
            Rest = exchange.Head.DeadlineAt == long.MaxValue || exchange.Route.Rule!.SendsHopeless
                ? long.MaxValue
                : exchange.Head.DeadlineAt - now,
        };
        var result = cluster.Balancer.Pick(cluster.Set, context, ref _worker.Random, out var pick);
        if (result == PickResult.Picked)
        {
            var attempt = _worker.RentAttempt();
            attempt.Begin(exchange, _relay, cluster, pick, isShadow: false);
            var wire = exchange.WireTo(attempt.Endpoint);
            exchange.Attempts.Add(attempt, attempt.Endpoint, wire);
            _telemetry.OnAttempt(exchange, attempt);
            attempt.Connect(wire);
        }

        return result;
    }

    private void LeaveOthers(Exchange exchange, Attempt winner)
    {
        for (var i = exchange.Attempts.Live.Length - 1; i >= 0; i--)
        {
            if (exchange.Attempts.Live[i] is { IsShadow: false } other && !ReferenceEquals(other, winner))
            {
                Finish(exchange, other, Outcome.Lost());
            }
        }
    }

    private void Finish(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        _telemetry.OnAttemptEnded(exchange, attempt, outcome);
        Leave(exchange, attempt, outcome);
    }

    private static void Leave(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        exchange.Attempts.Remove(attempt);
        attempt.Leave(outcome);
    }

    private static void CountNotProcessed(Exchange exchange, in Outcome outcome)
    {
        if (outcome.NotProcessed)
        {
            exchange.Attempts.NotProcessed++;
        }
    }

    /// <summary>gRPC's methods as the policy has it; of others those that are idempotent, or that the policy names.</summary>
    private static bool IsRetriable(Exchange exchange, MethodSet methods) =>
        methods.Contains(exchange.Path)
        && (exchange.IsGrpc || !methods.IsAll || HttpMethods.IsIdempotent(exchange.Request));

    /// <summary>One fewer may pass it on after us.</summary>
    private static void CountDown(HeaderList head)
    {
        var index = head.IndexOf(KnownHeader.MaxForwards);
        if (index >= 0
            && head.TryGet(KnownHeader.Method, out var method) && MaxForwards.IsMeant(method)
            && MaxForwards.TryRead(head.ValueAt(index), out var left) && left > 0)
        {
            Span<byte> digits = stackalloc byte[10];
            Utf8Formatter.TryFormat(left - 1, digits, out var length);
            head.SetValue(index, digits[..length]);
        }
    }
}
