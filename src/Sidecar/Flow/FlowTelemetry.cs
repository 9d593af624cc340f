using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What one loop notes of the calls in one direction: a count and a duration for each, a span for the sampled ones, a line
/// in the access log if there is one. On the loop that is a few stores; whatever takes longer is done by other threads.
/// </summary>
/// <param name="worker">Whose loop.</param>
/// <param name="direction">Which calls.</param>
/// <param name="sampling">Which of them get a span.</param>
/// <param name="export">Where durations go to be exported; null if nobody exports them.</param>
/// <param name="log">Where calls go to be logged; null if nobody does.</param>
internal sealed class FlowTelemetry(
    Worker worker, Direction direction, TraceSampling sampling, Ring<CallRecord>? export, Ring<AccessLogEntry?>? log)
{
    private readonly CallTracing _tracing = new(worker, direction, sampling);
    private readonly CallReports _reports = new(worker, direction);

    public Direction Direction => direction;

    /// <summary>The head may be changed: from here on it carries our part of the trace.</summary>
    public void OnBegin(Exchange exchange) => _tracing.OnBegin(exchange);

    public void OnAttempt(Exchange exchange, Attempt attempt)
    {
        // Attempts are made where the call goes; retries are the policy's of whom it asks for.
        exchange.Route.Cluster!.Statistics.OnAttempt(worker.Index);
        if (exchange.Attempts.HasCompetitorOf(attempt))
        {
            exchange.Route.Asked!.Statistics.OnHedge();
        }
        else if (attempt.Number > 1)
        {
            exchange.Route.Asked!.Statistics.OnRetry(); // here and not when it was decided on: there may be nobody left to try
        }

        _tracing.OnAttempt(exchange, attempt);
    }

    public void OnAttemptEnded(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        exchange.Route.Cluster!.Statistics.OnAttemptEnded(worker.Index, outcome.Reason);
        exchange.Attempts.Note(attempt, outcome, worker.Loop.Now);
        _tracing.OnAttemptEnded(exchange, attempt, outcome);
    }

    /// <summary>No other attempt is made.</summary>
    public static void OnNoRetry(Exchange exchange, NoRetryReason reason)
    {
        exchange.End.NoRetry = reason;
        if (reason == NoRetryReason.BudgetExhausted)
        {
            exchange.Route.Asked!.Statistics.OnBudgetExhausted();
        }
    }

    /// <summary>Another attempt is decided on.</summary>
    public void OnRetry(Exchange exchange, Attempt failed) => _tracing.OnRetry(exchange, failed);

    /// <summary>The next hop is told of the attempt's own span, if it has one.</summary>
    public static void WriteTrace(Attempt attempt)
    {
        if (attempt.Span is { } span)
        {
            AttemptSpan.WriteTo(attempt.Head, span);
        }
    }

    /// <summary>Once per call.</summary>
    public void OnEnd(Exchange exchange, in Outcome outcome)
    {
        var duration = worker.Loop.Now - exchange.Head.Started;
        var code = CallCode.Of(exchange.IsGrpc, outcome);
        // A name that is no service's must not make a series: callers choose it.
        var statistics = exchange.Route.Asked is { } asked
            ? asked.Statistics.For(worker.Index, MethodOf(exchange), CallCode.IsMethodKnown(code), worker.Loop.Now)
            : worker.Unknown.For(worker.Index, default, isKnown: false, worker.Loop.Now);
        statistics.Record(code, duration, isRateLimited: outcome.IsRateLimit || outcome.Reason == OutcomeReason.RateLimited);
        export?.Write(CallRecord.Of(statistics, exchange.Head.Protocol, code, outcome, duration));
        if (exchange is { IsGrpc: true, Route.Asked: { } service })
        {
            service.Statistics.OnMessages(worker.Index, exchange.Stream.Requests.Messages, exchange.Stream.Answers.Messages);
        }

        if (exchange.Route.Asked is null)
        {
            worker.CountUnrouted();
        }

        if (log is not null && log.HasRoom())
        {
            var entry = log.Next ??= new AccessLogEntry();
            Fill(entry, exchange, code, outcome, duration);
            entry.SetMessage(outcome.IsMeshsWord(exchange.IsGrpc) ? MeshAnswer.MessageOf(exchange, outcome) : default);
            log.Publish();
        }

        _reports.OnEnd(exchange, outcome, duration);
        _tracing.OnEnd(exchange, code, outcome);
    }

    /// <summary>
    /// What calls are told apart by: gRPC's by their path, which names a method; others' paths name things, of which there
    /// is no end, so that these are told apart by HTTP's method.
    /// </summary>
    private static ReadOnlySpan<byte> MethodOf(Exchange exchange)
    {
        if (exchange.IsGrpc)
        {
            return RequestHead.PathOf(exchange.Request);
        }

        exchange.Request.TryGet(KnownHeader.Method, out var method);
        return HttpMethodName.Known(method);
    }

    private static void Fill(AccessLogEntry entry, Exchange exchange, int code, in Outcome outcome, long duration)
    {
        var head = exchange.Request;
        entry.Started = exchange.Head.Started;
        entry.Duration = duration;
        entry.Code = code;
        entry.Outcome = outcome;
        entry.Protocol = exchange.Head.Protocol;
        entry.Attempts = exchange.Attempts.Made;
        entry.RequestBytes = exchange.Body.Total;
        entry.ResponseBytes = exchange.Response.Bytes;
        entry.Service = (exchange.Route.Asked ?? exchange.Route.Cluster)?.Name;
        entry.UpstreamCluster = exchange.Route.Cluster is { IsKnown: true } cluster ? cluster.Name : null;
        entry.Route = exchange.Route.Rule?.Name;
        entry.Peer = exchange.Downstream?.Connection.Remote;
        entry.Endpoint = exchange.Attempts.LastEndpoint;
        var path = RequestHead.PathOf(head);
        head.TryGet(KnownHeader.Method, out var method);
        head.TryGet(KnownHeader.Authority, out var authority);
        entry.SetTexts(exchange.IsGrpc ? path.TrimStart((byte)'/') : method, exchange.IsGrpc ? default : path, authority);
        head.TryGet(KnownHeader.Traceparent, out var traceParent);
        entry.SetTrace(traceParent);
    }
}
