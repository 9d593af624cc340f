using System.Diagnostics;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Telemetry.Tracing;

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
        if (sampling.ShouldSample(trace.Caller.IsSampled, trace.Low))
        {
            exchange.Span = Start(exchange, trace);
        }

        if (exchange.Span is null)
        {
            trace.PassOnUnsampled(head, ref worker.Random);
        }
    }

    public void OnAttempt(Exchange exchange, Endpoint endpoint)
    {
        if (exchange.Span is not { } span)
        {
            return;
        }

        CallSpan.SetEndpoint(span, endpoint);
        if (exchange.Attempts > 1)
        {
            exchange.AttemptSpan = AttemptSpan.Start(span, exchange.Request, exchange.Protocol, exchange.Attempts, endpoint);
        }
    }

    /// <summary>An attempt that went well at once is the span itself; any other is worth an event.</summary>
    public void OnAttemptEnded(Exchange exchange, in Outcome outcome)
    {
        if (exchange.Span is { } span && (exchange.Attempts > 1 || outcome.Class != OutcomeClass.Success))
        {
            CallSpan.AddAttempt(span, exchange.Protocol, exchange.Attempts, exchange.LastEndpoint, outcome, worker.Loop.Now);
            if (exchange.AttemptSpan is { } attempt)
            {
                exchange.AttemptSpan = null;
                AttemptSpan.End(attempt, exchange.Protocol, exchange.LastEndpoint!, outcome, worker.Loop.Now);
            }
        }
    }

    public void OnRetry(Exchange exchange)
    {
        if (exchange.Span is { } span)
        {
            CallSpan.AddRetry(span);
            if (exchange is { Attempts: 1, Current: { } first })
            {
                AttemptSpan.AddFirst(
                    span, exchange.Protocol, first.Endpoint, exchange.Outcome, first.Started - exchange.Started, worker.Loop.Now);
            }
        }
    }

    public void OnEnd(Exchange exchange, int code, in Outcome outcome)
    {
        if (exchange.Span is { } span)
        {
            exchange.Span = null;
            var message = outcome.IsMeshsWord(exchange.IsGrpc) ? MeshAnswer.Message(exchange, outcome) : null;
            CallSpan.SetRoute(span, exchange.Asked, exchange.Cluster, exchange.Route);
            CallSpan.End(span, exchange.Protocol, code, outcome, exchange.Attempts, message);
        }
    }

    /// <summary>What the caller speaks, wherever it was carried.</summary>
    private static string VersionOf(Exchange exchange) =>
        exchange.Protocol == CallProtocol.Http1 && !exchange.IsDownstreamHttp1 ? "1.1" : exchange.Downstream!.Version;

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
