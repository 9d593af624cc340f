using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Telemetry;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// What is noted of HTTP/1.1's calls in one direction: the same as <see cref="FlowTelemetry"/> notes of HTTP/2's. Any
/// thread; since a ring has one writer, the calls take turns.
/// </summary>
/// <param name="direction">Which calls.</param>
/// <param name="sampling">Which of them get a span.</param>
/// <param name="export">Where durations go to be exported; null if nobody exports them.</param>
/// <param name="log">Where calls go to be logged; null if nobody does.</param>
/// <param name="unknown">Where calls for names that no service has are counted.</param>
/// <param name="time">The clock that the loops have too.</param>
internal sealed class Http1Telemetry(
    Direction direction, TraceSampling sampling, Ring<CallRecord>? export, Ring<AccessLogEntry?>? log, ClusterStatistics unknown, TimeProvider time)
{
    /// <summary>A ring's slots: less than a loop's, since there are fewer calls.</summary>
    public const int RingSize = 1 << 12;

    private static readonly (string Name, KnownHeader Known)[] TraceHeaders =
    [
        ("traceparent", KnownHeader.Traceparent),
        ("tracestate", KnownHeader.Tracestate),
        ("b3", KnownHeader.B3),
        ("x-b3-traceid", KnownHeader.B3TraceId),
        ("x-b3-spanid", KnownHeader.B3SpanId),
        ("x-b3-sampled", KnownHeader.B3Sampled),
        ("x-b3-flags", KnownHeader.B3Flags),
    ];

    private readonly Lock _gate = new();
    private Rng _random = new((ulong)new Random().NextInt64());
    private long _unrouted;

    /// <summary>Calls for which there was no service.</summary>
    public long Unrouted => Volatile.Read(ref _unrouted);

    private long Now => time.GetElapsedTime(0).Ticks;

    /// <summary>From here on the call has our part of the trace to pass on.</summary>
    public void OnBegin(Http1Call call)
    {
        if (sampling.IsOff)
        {
            return;
        }

        var head = call.Trace = TraceOf(call);
        lock (_gate)
        {
            var trace = JoinedTrace.Of(head, ref _random);
            if (sampling.ShouldSample(trace.Caller.IsSampled, trace.Low))
            {
                Start(call, trace, head);
            }

            if (call.Span is null)
            {
                trace.PassOnUnsampled(head, ref _random);
            }
        }
    }

    public void OnAttempt(Http1Call call)
    {
        var statistics = call.Cluster!.Statistics;
        statistics.OnSharedAttempt();
        if (call.Attempts > 1)
        {
            call.Asked!.Statistics.OnRetry();
        }

        if (call.Span is { } span)
        {
            CallSpan.SetEndpoint(span, call.LastEndpoint!);
            if (call.Attempts > 1)
            {
                call.AttemptSpan = AttemptSpan.Start(span, call.Trace!, CallProtocol.Http1, call.Attempts, call.LastEndpoint!);
            }
        }
    }

    public void OnAttemptEnded(Http1Call call, in Outcome outcome)
    {
        call.Cluster!.Statistics.OnSharedAttemptEnded(outcome.Reason);
        if (call.Span is { } span && (call.Attempts > 1 || outcome.Class != OutcomeClass.Success))
        {
            CallSpan.AddAttempt(span, CallProtocol.Http1, call.Attempts, call.LastEndpoint, outcome, Now);
            if (call.AttemptSpan is { } attempt)
            {
                call.AttemptSpan = null;
                AttemptSpan.End(attempt, CallProtocol.Http1, call.LastEndpoint!, outcome, Now);
            }
        }
    }

    /// <summary>No other attempt is made.</summary>
    public static void OnNoRetry(Http1Call call, NoRetryReason reason)
    {
        if (reason == NoRetryReason.BudgetExhausted)
        {
            call.Asked!.Statistics.OnBudgetExhausted();
        }
    }

    /// <summary>Another attempt is decided on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="attemptStarted">When the one that failed began, in the loops' ticks.</param>
    public void OnRetry(Http1Call call, long attemptStarted)
    {
        if (call.Span is { } span)
        {
            CallSpan.AddRetry(span);
            if (call.Attempts == 1)
            {
                AttemptSpan.AddFirst(span, CallProtocol.Http1, call.LastEndpoint!, call.Outcome, attemptStarted - call.Started, Now);
            }
        }
    }

    /// <summary>Once per call.</summary>
    public void OnEnd(Http1Call call, in Outcome outcome)
    {
        var now = Now;
        var duration = now - call.Started;
        var code = CallCode.Of(isGrpc: false, outcome);
        if (call.Asked is null)
        {
            Interlocked.Increment(ref _unrouted);
        }

        var method = call.Asked is null ? default : HttpMethodName.Known(call.Method);
        var statistics = (call.Asked?.Statistics ?? unknown).RecordShared(method, code, duration, now);
        var message = outcome.IsMeshsWord(isGrpc: false) ? Http1Answer.Message(call, outcome, now) : null;
        lock (_gate)
        {
            export?.Write(CallRecord.Of(statistics, CallProtocol.Http1, code, outcome, duration));
            if (log is not null && log.HasRoom())
            {
                var entry = log.Next ??= new AccessLogEntry();
                Fill(entry, call, code, outcome, duration);
                entry.SetMessage(message is null ? default : Encoding.UTF8.GetBytes(message));
                log.Publish();
            }
        }

        if (call.Span is { } span)
        {
            call.Span = null;
            CallSpan.SetRoute(span, call.Asked, call.Cluster, call.Route);
            CallSpan.End(span, CallProtocol.Http1, code, outcome, call.Attempts, message);
        }
    }

    private static HeaderList TraceOf(Http1Call call)
    {
        var head = new HeaderList();
        var headers = call.Context.Request.Headers;
        foreach (var (name, known) in TraceHeaders)
        {
            foreach (var value in headers[name])
            {
                head.Add(known, Encoding.ASCII.GetBytes(value ?? ""));
            }
        }

        return head;
    }

    private void Start(Http1Call call, in JoinedTrace trace, HeaderList head)
    {
        if (trace.Start(head, CallSpan.HttpNameOf(call.Method), CallSpan.KindOf(direction)) is not { } span)
        {
            return;
        }

        call.Span = span;
        var version = call.Context.Request.Protocol == "HTTP/1.0" ? "1.0" : "1.1";
        CallSpan.DescribeHttp(span, call.Method, call.Target, Encoding.UTF8.GetString(call.Name), version);
        if (direction == Direction.Inbound && call.Peer is { } peer)
        {
            CallSpan.SetPeer(span, peer);
        }
    }

    private static void Fill(AccessLogEntry entry, Http1Call call, int code, in Outcome outcome, long duration)
    {
        entry.Started = call.Started;
        entry.Duration = duration;
        entry.Code = code;
        entry.Outcome = outcome;
        entry.Protocol = CallProtocol.Http1;
        entry.Attempts = call.Attempts;
        entry.RequestBytes = call.RequestBody.Count;
        entry.ResponseBytes = call.ResponseBody.Count;
        entry.Service = (call.Asked ?? call.Cluster)?.Name;
        entry.UpstreamCluster = call.Cluster is { IsKnown: true } cluster ? cluster.Name : null;
        entry.Route = call.Route?.Name;
        entry.Peer = call.Peer;
        entry.Endpoint = call.LastEndpoint;
        entry.SetTexts(call.Method, call.Path, call.Authority);
        entry.SetTrace(TraceParentOf(call));
    }

    private static ReadOnlySpan<byte> TraceParentOf(Http1Call call)
    {
        if (call.Trace is { } trace)
        {
            trace.TryGet(KnownHeader.Traceparent, out var ours);
            return ours;
        }

        return call.Context.Request.Headers.TraceParent is [{ } only] ? Encoding.ASCII.GetBytes(only) : default;
    }
}
