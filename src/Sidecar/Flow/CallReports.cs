using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Flow.Stages;
using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Hpack;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What one loop's flight recorder keeps of the calls in one direction: those that failed or were slow, each with its whole decision. All
/// that is told is in the call's stages already; it is put together only then, and a call that goes well costs two comparisons.
/// </summary>
internal sealed class CallReports(Worker worker, Direction direction)
{
    /// <summary>Of a large service's; those the call went to come first.</summary>
    private const int MostEndpoints = 16;

    private const int Micro = (int)TimeSpan.TicksPerMicrosecond;

    /// <summary>The call is over.</summary>
    public void OnEnd(Exchange exchange, in Outcome outcome, long duration)
    {
        var recorder = worker.Recorder;
        if (outcome.Class == OutcomeClass.Success ? duration > recorder.SlowTicks && IsSlow(exchange, duration) : recorder.IsOn && IsWorthKeeping(exchange, outcome))
        {
            Write(recorder.Writer, exchange, outcome, duration);
            recorder.Keep(IsOrdinary(outcome));
        }
    }

    /// <summary>
    /// Slow is what one waits for: the answer's head. How long the answer goes on is its own matter: a stream lasts for hours and is well.
    /// </summary>
    private bool IsSlow(Exchange exchange, long duration)
    {
        var first = exchange.Head.Started + duration;
        foreach (ref readonly var note in exchange.Attempts.Notes)
        {
            if (note.Answered > 0 && note.Outcome.Class == OutcomeClass.Success)
            {
                first = Math.Min(first, note.Answered);
            }
        }

        return first - exchange.Head.Started > worker.Recorder.SlowTicks;
    }

    /// <summary>A stream that its caller ends is the usual end of one; who gives up before there is an answer has waited in vain.</summary>
    private static bool IsWorthKeeping(Exchange exchange, in Outcome outcome) => outcome.Class == OutcomeClass.Failure || !exchange.Response.IsCommitted;

    private static bool IsOrdinary(in Outcome outcome) => outcome.Class == OutcomeClass.Failure && outcome.Reason switch
    {
        OutcomeReason.GrpcStatus or OutcomeReason.HttpStatus => !outcome.IsServerFault,
        OutcomeReason.RateLimited or OutcomeReason.FaultInjected or OutcomeReason.Redirected or OutcomeReason.DirectResponse => true,
        _ => false,
    };

    private void Write(MessageWriter to, Exchange exchange, in Outcome outcome, long duration)
    {
        to.Clear();
        WriteCall(to, exchange, duration);
        WriteEnd(to, exchange, outcome);
        WriteRoute(to, exchange);
        foreach (ref readonly var note in exchange.Attempts.Notes)
        {
            WriteAttempt(to, exchange, note);
        }

        if (exchange.Route.Cluster is { IsKnown: true } cluster)
        {
            WriteEndpoints(to, exchange, cluster);
            var limits = to.Begin(Api.CallReport.LimitsFieldNumber);
            to.Number(Api.LimitReport.RequestsFieldNumber, cluster.Limit.Requests);
            to.Number(Api.LimitReport.MaxRequestsFieldNumber, cluster.Limit.MaxRequests);
            to.Number(Api.LimitReport.PendingFieldNumber, cluster.Limit.Pending);
            to.Number(Api.LimitReport.MaxPendingFieldNumber, cluster.Limit.MaxPending);
            to.End(limits);
        }

        WriteTimes(to, exchange);
    }

    private void WriteCall(MessageWriter to, Exchange exchange, long duration)
    {
        var began = worker.Recorder.Time.GetUtcNow().UtcTicks - duration - DateTimeOffset.UnixEpoch.Ticks;
        var started = to.Begin(Api.CallReport.StartedFieldNumber);
        to.Number(Google.Protobuf.WellKnownTypes.Timestamp.SecondsFieldNumber, began / TimeSpan.TicksPerSecond);
        to.Number(Google.Protobuf.WellKnownTypes.Timestamp.NanosFieldNumber, began % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        to.End(started);
        to.Number(Api.CallReport.DurationMicrosFieldNumber, duration / Micro);
        to.Number(Api.CallReport.SideFieldNumber, (int)(direction == Direction.Outbound ? Api.CallSide.Outbound : Api.CallSide.Inbound));
        var head = exchange.Request;
        if (head.TryGet(KnownHeader.Traceparent, out var trace) && TraceParent.TryRead(trace, out _))
        {
            to.Utf8Text(Api.CallReport.TraceIdFieldNumber, TraceParent.TraceIdOf(trace));
        }

        if (head.TryGet("x-request-id"u8, out var request))
        {
            to.PeersText(Api.CallReport.RequestIdFieldNumber, request);
        }

        to.PeersText(Api.CallReport.ServiceFieldNumber, exchange.Route.Asked is { } asked ? asked.Key : exchange.Flow.NameFor(exchange));
        if (exchange.IsGrpc)
        {
            to.PeersText(Api.CallReport.MethodFieldNumber, RequestHead.PathOf(head));
        }
        else
        {
            Span<byte> method = stackalloc byte[16];
            var length = Math.Min(exchange.Method.Length, method.Length - 1);
            exchange.Method[..length].CopyTo(method);
            method[length++] = (byte)' ';
            to.PeersText(Api.CallReport.MethodFieldNumber, method[..length], RequestHead.PathOf(head));
        }

        to.Text(Api.CallReport.ProtocolFieldNumber, Words.Of(exchange.Head.Protocol));
        if (exchange.Downstream?.Connection.Remote is { } peer)
        {
            Span<byte> address = stackalloc byte[64];
            if (peer.Address.TryFormat(address, out var written))
            {
                to.Utf8Text(Api.CallReport.PeerFieldNumber, address[..written]);
            }
        }

        to.Number(Api.CallReport.HopFieldNumber, exchange.Head.HopCount);
        to.Number(Api.CallReport.CallerAttemptsFieldNumber, exchange.Head.CallerAttempts);
        to.Number(Api.CallReport.RequestBytesFieldNumber, exchange.Body.Total);
        to.Number(Api.CallReport.ResponseBytesFieldNumber, exchange.Response.Bytes);
    }

    private static void WriteEnd(MessageWriter to, Exchange exchange, in Outcome outcome)
    {
        to.Text(Api.CallReport.OutcomeFieldNumber, Words.Of(outcome.Class));
        to.Text(Api.CallReport.ReasonFieldNumber, Words.Of(outcome.Reason));
        to.Text(Api.CallReport.SourceFieldNumber, Words.Of(outcome.Source));
        to.Number(Api.CallReport.GrpcStatusFieldNumber, outcome.GrpcStatus);
        to.Number(
            Api.CallReport.HttpStatusFieldNumber,
            outcome.HttpStatus > 0 || exchange.IsGrpc || outcome.Class != OutcomeClass.Failure ? outcome.HttpStatus : Reasons.Of(outcome.Reason).HttpStatus);
        if (outcome.IsMeshsWord(exchange.IsGrpc))
        {
            to.Utf8Text(Api.CallReport.MessageFieldNumber, MeshAnswer.MessageOf(exchange, outcome));
        }

        to.Flag(Api.CallReport.SlowFieldNumber, outcome.Class == OutcomeClass.Success);
        to.Flag(Api.CallReport.AnsweredFieldNumber, exchange.Response.IsCommitted);
        to.Flag(Api.CallReport.LocalReplyFieldNumber, outcome.IsLocalReply);
        to.Number(Api.CallReport.NotProcessedFieldNumber, exchange.Attempts.NotProcessed);
        if (exchange.End.NoRetry != NoRetryReason.None)
        {
            to.Text(Api.CallReport.NoRetryFieldNumber, Words.Of(exchange.End.NoRetry));
        }

        to.Number(Api.CallReport.RetryAfterMicrosFieldNumber, exchange.Admission.RetryAfter / Micro);
    }

    private void WriteRoute(MessageWriter to, Exchange exchange)
    {
        ref var route = ref exchange.Route;
        if (route.Rule is not { } rule)
        {
            return;
        }

        to.Text(Api.CallReport.RouteFieldNumber, rule.Name);
        to.Double(Api.CallReport.RetryBudgetFieldNumber, Math.Max(0, rule.Budget.Available(worker.Loop.Now)));
        to.Number(Api.CallReport.PolicyVersionFieldNumber, route.Asked!.PolicyVersion);
        if (route.Cluster is not { } cluster)
        {
            to.Text(Api.CallReport.UpstreamFieldNumber, route.Backend?.Service);
            return;
        }

        to.Utf8Text(Api.CallReport.UpstreamFieldNumber, cluster.Key);
        to.Number(Api.CallReport.EndpointsVersionFieldNumber, cluster.EndpointsVersion);
        if (!cluster.Subset.IsAll)
        {
            to.Text(Api.CallReport.SubsetFieldNumber, cluster.Subset.ToString());
        }

        for (var i = 0; i < exchange.Admission.Passed; i++)
        {
            to.Text(Api.CallReport.PhasesFieldNumber, route.PhaseAt(i).Name);
        }

        if (cluster.IsKnown && !exchange.Admission.IsAdmitted && exchange.Admission.Passed < route.PhaseCount)
        {
            to.Text(Api.CallReport.StoppedByFieldNumber, route.PhaseAt(exchange.Admission.Passed).Name);
        }
    }

    private static void WriteAttempt(MessageWriter to, Exchange exchange, in AttemptNote note)
    {
        var began = exchange.Head.Started;
        var attempt = to.Begin(Api.CallReport.AttemptsFieldNumber);
        to.Text(Api.AttemptReport.EndpointFieldNumber, note.Endpoint!.Id);
        to.Text(Api.AttemptReport.AddressFieldNumber, note.Endpoint.Address);
        to.Number(Api.AttemptReport.StartedMicrosFieldNumber, Since(began, note.Started));
        to.Number(Api.AttemptReport.SentMicrosFieldNumber, Since(began, note.Sent));
        to.Number(Api.AttemptReport.AnsweredMicrosFieldNumber, Since(began, note.Answered));
        to.Number(Api.AttemptReport.EndedMicrosFieldNumber, Since(began, note.Ended));
        if (note.Ended > 0)
        {
            to.Text(Api.AttemptReport.ReasonFieldNumber, Words.Of(note.Outcome.Reason));
            to.Text(Api.AttemptReport.SourceFieldNumber, Words.Of(note.Outcome.Source));
            to.Number(Api.AttemptReport.GrpcStatusFieldNumber, note.Outcome.GrpcStatus);
            to.Number(Api.AttemptReport.HttpStatusFieldNumber, note.Outcome.HttpStatus);
            to.Text(Api.AttemptReport.BlameFieldNumber, BlameOf(exchange, note));
            to.Flag(Api.AttemptReport.LocalReplyFieldNumber, note.Outcome.IsLocalReply);
            to.Text(Api.AttemptReport.FailureFieldNumber, note.Failure);
        }

        to.End(attempt);
    }

    /// <summary>0 is never: what happened at once is told as having taken a microsecond.</summary>
    private static long Since(long began, long at) => at == 0 ? 0 : Math.Max(1, (at - began) / Micro);

    private static string BlameOf(Exchange exchange, in AttemptNote note) =>
        EndpointFault.IsOne(note.Outcome, note.Endpoint!.State.Breaker.Options) ? "endpoint"
        : Reasons.Of(note.Outcome.Reason).Blame switch
        {
            Blame.Caller => "caller",
            Blame.Mesh => "mesh",
            _ => exchange.IsCallersTimeUp && note.Outcome.Source == OutcomeSource.Downstream ? "caller" : "nobody",
        };

    private void WriteEndpoints(MessageWriter to, Exchange exchange, Cluster cluster)
    {
        to.Number(Api.CallReport.EndpointCountFieldNumber, cluster.Endpoints.Length);
        var tried = exchange.Attempts.Tried;
        var notes = exchange.Attempts.Notes;
        for (var i = 0; i < notes.Length; i++)
        {
            if (!tried[..i].Contains(tried[i]))
            {
                WriteEndpoint(to, notes[i].Endpoint!, cluster.Policy.Balancing, isTried: true);
            }
        }

        var left = MostEndpoints - notes.Length;
        for (var i = 0; i < cluster.Endpoints.Length && left > 0; i++)
        {
            if (!tried.Contains(cluster.Endpoints[i].State))
            {
                left--;
                WriteEndpoint(to, cluster.Endpoints[i], cluster.Policy.Balancing, isTried: false);
            }
        }
    }

    private void WriteEndpoint(MessageWriter to, Endpoint endpoint, BalancingOptions balancing, bool isTried)
    {
        var now = worker.Loop.Now;
        var state = endpoint.State;
        var mark = to.Begin(Api.CallReport.EndpointsFieldNumber);
        to.Text(Api.EndpointReport.EndpointFieldNumber, endpoint.Id);
        to.Text(Api.EndpointReport.AddressFieldNumber, endpoint.Address);
        to.Text(Api.EndpointReport.StatusFieldNumber, state.Model.Status);
        var circuit = state.Breaker.StateAt(now);
        to.Text(Api.EndpointReport.CircuitFieldNumber, Words.Of(circuit));
        to.Number(Api.EndpointReport.OpenMicrosFieldNumber, circuit == BreakerState.Open ? (state.Breaker.OpenUntil - now) / Micro : 0);
        to.Number(Api.EndpointReport.InFlightFieldNumber, state.Load.InFlight);
        to.Number(Api.EndpointReport.LatencyMicrosFieldNumber, (long)state.Load.EwmaMicros(now, balancing.EwmaDecay.Ticks));
        to.Flag(Api.EndpointReport.RestingFieldNumber, state.IsResting(now));
        to.Flag(Api.EndpointReport.TriedFieldNumber, isTried);
        to.End(mark);
    }

    private static void WriteTimes(MessageWriter to, Exchange exchange)
    {
        ref var head = ref exchange.Head;
        var times = to.Begin(Api.CallReport.TimesFieldNumber);
        if (head.CallersDeadlineAt != long.MaxValue)
        {
            to.Number(Api.TimesReport.CallerMicrosFieldNumber, (head.CallersDeadlineAt - head.Started) / Micro);
        }

        if (exchange.Route.Rule is { } rule)
        {
            to.Number(Api.TimesReport.RequestMicrosFieldNumber, rule.RequestTimeout / Micro);
            to.Number(Api.TimesReport.PerTryMicrosFieldNumber, rule.PerTryTimeout / Micro);
            to.Number(Api.TimesReport.ConnectMicrosFieldNumber, rule.ConnectTimeout / Micro);
            to.Number(Api.TimesReport.IdleMicrosFieldNumber, rule.IdleTimeout / Micro);
        }

        to.End(times);
    }
}
