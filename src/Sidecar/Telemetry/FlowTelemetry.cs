using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// What one loop notes of the calls in one direction: a count and a duration for each, a span for the sampled ones, a line
/// in the access log if there is one. On the loop that is a few stores; whatever takes longer is done by other threads.
/// </summary>
/// <param name="worker">Whose loop.</param>
/// <param name="direction">Which calls.</param>
/// <param name="sampling">Which of them get a span.</param>
/// <param name="export">Where durations go to be exported; null if nobody exports them.</param>
/// <param name="log">Where calls go to be logged; null if nobody does.</param>
internal sealed class FlowTelemetry(Worker worker, Direction direction, TraceSampling sampling, CallRecords? export, AccessLogRing? log)
{
    private readonly CallTracing _tracing = new(worker, direction, sampling);

    /// <summary>The head may be changed: from here on it carries our part of the trace.</summary>
    public void OnBegin(Exchange exchange) => _tracing.OnBegin(exchange);

    public void OnAttempt(Exchange exchange, Endpoint endpoint)
    {
        var statistics = exchange.Cluster!.Statistics;
        statistics.OnAttempt(worker.Index);
        if (exchange.Attempts > 1)
        {
            statistics.OnRetry(); // here and not when it was decided on: there may be nobody left to try
        }

        _tracing.OnAttempt(exchange, endpoint);
    }

    public void OnAttemptEnded(Exchange exchange, in Outcome outcome) => _tracing.OnAttemptEnded(exchange, outcome);

    /// <summary>Another attempt is decided on.</summary>
    public void OnRetry(Exchange exchange) => _tracing.OnRetry(exchange);

    /// <summary>Once per call.</summary>
    public void OnEnd(Exchange exchange, in Outcome outcome)
    {
        var duration = worker.Loop.Now - exchange.Started;
        var code = CallCode.Of(exchange.IsGrpc, outcome);
        // A name that is no service's must not make a series: callers choose it.
        if (exchange.Cluster is { IsKnown: true } cluster)
        {
            var statistics = cluster.Statistics.For(worker.Index, RequestHead.PathOf(exchange.Request));
            statistics.Record(code, duration);
            export?.Write(statistics, code, outcome.Reason, duration);
        }
        else
        {
            worker.CountUnrouted();
        }

        log?.Write(exchange, code, outcome, duration);
        _tracing.OnEnd(exchange, code, outcome);
    }
}
