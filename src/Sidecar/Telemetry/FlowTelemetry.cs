using System.Diagnostics;
using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// What one loop notes of the calls in one direction: a count and a duration for each, and a span for the sampled ones.
/// An unsampled call allocates nothing here.
/// </summary>
internal sealed class FlowTelemetry(Worker worker, ActivityKind kind, TraceSampling sampling, CallRecords? export)
{
    private static readonly ActivitySource Source = new(SourceName);

    public const string SourceName = "Mesh.Sidecar";

    private static readonly string[] CodeNames = [.. GrpcStatus.Names];

    public void OnBegin(Exchange exchange)
    {
        if (sampling.IsOff)
        {
            return;
        }

        exchange.Request.TryGet(KnownHeader.Traceparent, out var traceparent);
        if (!sampling.ShouldSample(traceparent, ref worker.Random))
        {
            return;
        }

        ActivityContext.TryParse(
            Encoding.ASCII.GetString(traceparent),
            exchange.Request.TryGet(KnownHeader.Tracestate, out var tracestate) ? Encoding.ASCII.GetString(tracestate) : null,
            isRemote: true,
            out var parent);
        var method = Encoding.UTF8.GetString(RequestHead.PathOf(exchange.Request).TrimStart((byte)'/'));
        // Without a parent the loop's own thread must not lend one.
        Activity.Current = null;
        var span = Source.StartActivity(method, kind, parent);
        Activity.Current = null;
        if (span is null)
        {
            return;
        }

        span.SetTag("rpc.system.name", exchange.IsGrpc ? "grpc" : "http");
        span.SetTag("rpc.method", method);
        span.SetTag("server.address", Encoding.UTF8.GetString(exchange.Flow.NameFor(exchange)));
        exchange.Span = span;
    }

    public void OnAttempt(Exchange exchange, Endpoint endpoint) =>
        exchange.Span?.SetTag("network.peer.address", endpoint.Address);

    /// <summary>Goes on with the trace: the next hop's parent is our span or, if there is none, whoever it was before.</summary>
    public void Inject(Exchange exchange, HeaderList head)
    {
        if (exchange.Span is { } span)
        {
            RequestHead.Set(head, KnownHeader.Traceparent, Encoding.ASCII.GetBytes($"00-{span.TraceId}-{span.SpanId}-01"));
        }
    }

    public void OnAttemptEnded(Exchange exchange, in Outcome outcome)
    {
        if (exchange.Span is { } span && (exchange.Attempts > 1 || outcome.Class != OutcomeClass.Success))
        {
            span.AddEvent(new ActivityEvent("attempt", tags: new ActivityTagsCollection
            {
                ["mesh.attempt"] = exchange.Attempts,
                ["network.peer.address"] = exchange.LastEndpoint?.Address,
                ["mesh.outcome"] = outcome.Reason.ToString(),
            }));
        }
    }

    public void OnRetry(Exchange exchange) => exchange.Cluster!.Statistics.OnRetry();

    public void OnEnd(Exchange exchange, in Outcome outcome)
    {
        var now = worker.Loop.Now;
        var code = exchange.IsGrpc ? Math.Clamp(outcome.GrpcStatus, 0, 16) : MethodStatistics.NotGrpc;
        // A name that is no service's must not make a series: callers choose it.
        if (exchange.Cluster is { IsKnown: true } cluster)
        {
            var statistics = cluster.Statistics.For(worker.Index, RequestHead.PathOf(exchange.Request));
            statistics.Record(code, now - exchange.Started);
            export?.Write(statistics, code, now - exchange.Started);
        }
        else
        {
            worker.CountUnrouted();
        }

        if (exchange.Span is not { } span)
        {
            return;
        }

        if (exchange.IsGrpc)
        {
            span.SetTag("rpc.response.status_code", CodeNames[code]);
        }
        else if (outcome.HttpStatus != 0)
        {
            span.SetTag("http.response.status_code", outcome.HttpStatus);
        }

        span.SetTag("mesh.attempts", exchange.Attempts);
        if (outcome.Class != OutcomeClass.Success)
        {
            span.SetTag("error.type", outcome.Reason is OutcomeReason.GrpcStatus ? CodeNames[code] : outcome.Reason.ToString());
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.Stop();
        Activity.Current = null;
        exchange.Span = null;
    }
}
