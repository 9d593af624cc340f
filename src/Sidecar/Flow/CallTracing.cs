using System.Diagnostics;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The spans of one loop's calls in one direction, and the header by which the next hop joins in. A call that is not
/// sampled has no span and allocates nothing here; its decision goes along, so that later hops decide alike.
/// </summary>
internal sealed class CallTracing(Worker worker, Direction direction, TraceSampling sampling)
{
    public void OnBegin(Exchange exchange)
    {
        if (sampling.IsOff)
        {
            return;
        }

        var head = exchange.Request;
        var trace = JoinedTrace.Of(head, ref worker.Random);
        exchange.Head.BeginsTrace = !trace.Caller.HasIds;
        if (sampling.ShouldSample(trace.Caller.IsSampled, trace.Low))
        {
            exchange.End.Span = Start(exchange, trace);
        }

        if (exchange.End.Span is null)
        {
            trace.PassOnUnsampled(head, ref worker.Random);
        }
    }

    public void OnAttempt(Exchange exchange, Attempt attempt)
    {
        if (exchange.End.Span is not { } span)
        {
            return;
        }

        CallSpan.SetEndpoint(span, attempt.Endpoint);
        if (attempt.Number > 1)
        {
            attempt.Span = AttemptSpan.Start(span, exchange.Head.Protocol, attempt.Number, attempt.Endpoint);
        }
    }

    /// <summary>An attempt that went well at once is the span itself; any other is worth an event.</summary>
    public void OnAttemptEnded(Exchange exchange, Attempt attempt, in Outcome outcome)
    {
        if (exchange.End.Span is { } span && (exchange.Attempts.Made > 1 || outcome.Class != OutcomeClass.Success))
        {
            CallSpan.AddAttempt(span, exchange.Head.Protocol, attempt.Number, attempt.Endpoint, outcome, worker.Loop.Now);
            if (attempt.Span is { } own)
            {
                attempt.Span = null;
                AttemptSpan.End(own, exchange.Head.Protocol, attempt.Endpoint, outcome, worker.Loop.Now);
            }
        }
    }

    public void OnRetry(Exchange exchange, Attempt failed)
    {
        if (exchange.End.Span is { } span)
        {
            CallSpan.AddRetry(span);
            if (failed.Number == 1)
            {
                AttemptSpan.AddFirst(
                    span, exchange.Head.Protocol, failed.Endpoint, exchange.End.Outcome, failed.Started - exchange.Head.Started, worker.Loop.Now);
            }
        }
    }

    public void OnEnd(Exchange exchange, int code, in Outcome outcome)
    {
        if (exchange.End.Span is { } span)
        {
            exchange.End.Span = null;
            var message = outcome.IsMeshsWord(exchange.IsGrpc) ? MeshAnswer.Message(exchange, outcome) : null;
            CallSpan.SetRoute(span, exchange.Route.Asked, exchange.Route.Cluster, exchange.Route.Rule);
            CallSpan.End(span, exchange.Head.Protocol, code, outcome, exchange.Attempts.Made, message);
        }
    }

    /// <summary>What the caller speaks, wherever it was carried.</summary>
    private static string VersionOf(Exchange exchange) =>
        exchange.Head.Protocol == CallProtocol.Http1 && !exchange.IsDownstreamHttp1 ? "1.1" : exchange.Downstream!.Version;

    private Activity? Start(Exchange exchange, in JoinedTrace trace)
    {
        var head = exchange.Request;
        var service = Encoding.UTF8.GetString(exchange.Flow.NameFor(exchange));
        head.TryGet(KnownHeader.Method, out var method);
        var path = Encoding.UTF8.GetString(RequestHead.PathOf(head).TrimStart((byte)'/'));
        var span = trace.Start(head, exchange.IsGrpc ? path : CallSpan.HttpNameOf(method), CallSpan.KindOf(direction));
        if (span is null)
        {
            return null;
        }

        if (exchange.IsGrpc)
        {
            CallSpan.DescribeGrpc(span, path, service);
        }
        else
        {
            head.TryGet(KnownHeader.Path, out var target);
            CallSpan.DescribeHttp(span, method, Encoding.UTF8.GetString(target), service, VersionOf(exchange));
        }

        if (direction == Direction.Inbound && exchange.Downstream!.Connection.Remote is { } peer)
        {
            CallSpan.SetPeer(span, peer);
        }

        return span;
    }
}
