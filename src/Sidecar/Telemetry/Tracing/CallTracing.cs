using System.Diagnostics;
using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// The spans of one loop's calls in one direction, and the header by which the next hop joins in. A call that is not
/// sampled has no span and allocates nothing here; its decision goes along, so that later hops decide alike.
/// </summary>
internal sealed class CallTracing(Worker worker, Direction direction, TraceSampling sampling)
{
    public const string SourceName = "Mesh.Sidecar";

    private static readonly ActivitySource Source = new(SourceName);

    public void OnBegin(Exchange exchange)
    {
        if (sampling.IsOff)
        {
            return;
        }

        var head = exchange.Request;
        var isW3C = TryJoin(head, out var caller);
        var (high, low) = caller.HasIds ? (caller.TraceHigh, caller.TraceLow) : (NextId(), NextId());
        if (sampling.ShouldSample(caller.IsSampled, low) && Start(exchange, caller, high, low) is { } span)
        {
            exchange.Span = span;
            SetTraceParent(head, Encoding.ASCII.GetBytes($"00-{span.TraceId}-{span.SpanId}-{(caller.IsRandom ? "03" : "01")}"));
            return;
        }

        if (isW3C && caller.IsSampled == false)
        {
            return; // what the caller sent says it all
        }

        // A parent that changes its flag must be another one (W3C Trace Context section 3.4, "update sampled").
        var parent = caller.HasIds && caller.IsSampled != true ? caller.ParentId : NextId();
        Span<byte> header = stackalloc byte[TraceParent.Length];
        TraceParent.Write(new TraceContext(high, low, parent, IsSampled: false, caller.IsRandom), header);
        SetTraceParent(head, header);
    }

    public void OnAttempt(Exchange exchange, Endpoint endpoint)
    {
        if (exchange.Span is not { } span)
        {
            return;
        }

        span.SetTag("mesh.endpoint", endpoint.Id);
        if (direction == Direction.Outbound && endpoint.Target is { } target)
        {
            span.SetTag("network.peer.address", target.Address.ToString());
            span.SetTag("network.peer.port", target.Port);
        }
    }

    /// <summary>An attempt that went well at once is the span itself; any other is worth an event.</summary>
    public void OnAttemptEnded(Exchange exchange, in Outcome outcome)
    {
        if (exchange.Span is not { } span || (exchange.Attempts == 1 && outcome.Class == OutcomeClass.Success))
        {
            return;
        }

        var tags = new ActivityTagsCollection
        {
            ["mesh.attempt"] = exchange.Attempts,
            ["mesh.outcome"] = Words.Of(outcome.Reason),
        };
        if (exchange.IsGrpc)
        {
            tags["rpc.response.status_code"] = CallCode.NameOf(CallCode.Of(isGrpc: true, outcome));
        }

        if (exchange.LastEndpoint is { } endpoint)
        {
            tags["mesh.endpoint"] = endpoint.Id;
            tags["network.peer.address"] = endpoint.Address;
            tags["mesh.breaker"] = Words.Of(endpoint.State.Breaker.StateAt(worker.Loop.Now));
        }

        span.AddEvent(new ActivityEvent("attempt", tags: tags));
    }

    public void OnRetry(Exchange exchange) => exchange.Span?.AddEvent(new ActivityEvent("retry"));

    public void OnEnd(Exchange exchange, int code, in Outcome outcome)
    {
        if (exchange.Span is not { } span)
        {
            return;
        }

        exchange.Span = null;
        if (exchange.IsGrpc)
        {
            span.SetTag("rpc.response.status_code", CallCode.NameOf(code));
        }
        else if (outcome.HttpStatus != 0)
        {
            span.SetTag("http.response.status_code", outcome.HttpStatus);
        }

        span.SetTag("mesh.service", exchange.Cluster?.Name);
        span.SetTag("mesh.attempts", exchange.Attempts);
        span.SetTag("mesh.outcome", Words.Of(outcome.Reason));
        if (CallCode.IsError(code, direction))
        {
            var byApp = outcome.Reason is OutcomeReason.GrpcStatus or OutcomeReason.HttpStatus;
            span.SetTag("error.type", ErrorType(code, outcome.Reason));
            span.SetStatus(ActivityStatusCode.Error, byApp ? null : MeshAnswer.Message(exchange, outcome));
        }

        span.Stop();
        Activity.Current = null; // stopping makes the parent current, and the loop has none
    }

    /// <summary>The code where a server gave one; what the mesh ran into where none did.</summary>
    public static string ErrorType(int code, OutcomeReason reason) => reason switch
    {
        OutcomeReason.Ok or OutcomeReason.GrpcStatus or OutcomeReason.HttpStatus => CallCode.NameOf(code),
        _ => Words.Of(reason),
    };

    /// <summary>Reads what the caller says; what it says wrongly goes no further.</summary>
    /// <returns>Whether it said so in W3C's header.</returns>
    private static bool TryJoin(HeaderList head, out TraceContext caller)
    {
        var index = head.IndexOf(KnownHeader.Traceparent);
        if (index >= 0)
        {
            // Two of them contradict each other.
            if (!IsRepeated(head, index) && TraceParent.TryRead(head.ValueAt(index), out caller))
            {
                return true;
            }

            RemoveAll(head, KnownHeader.Traceparent);
            RemoveAll(head, KnownHeader.Tracestate); // it belongs to the traceparent (W3C Trace Context section 3.3)
            caller = TraceContext.None;
            return false;
        }

        RemoveAll(head, KnownHeader.Tracestate);
        if (!B3.TryRead(head, out caller))
        {
            caller = TraceContext.None;
        }

        return false;
    }

    private Activity? Start(Exchange exchange, in TraceContext caller, ulong high, ulong low)
    {
        var head = exchange.Request;
        var path = Encoding.UTF8.GetString(RequestHead.PathOf(head).TrimStart((byte)'/'));
        head.TryGet(KnownHeader.Method, out var httpMethod);
        var kind = direction == Direction.Outbound ? ActivityKind.Client : ActivityKind.Server;
        ActivityContext parent = default;
        if (caller.HasIds)
        {
            parent = caller.ToActivityContext(head.TryGet(KnownHeader.Tracestate, out var state) ? Encoding.ASCII.GetString(state) : null);
        }
        else
        {
            TraceIds.SetNext(high, low);
        }

        // The loop's thread has no span of its own that others could be children of.
        Activity.Current = null;
        var span = Source.StartActivity(exchange.IsGrpc ? path : Encoding.ASCII.GetString(httpMethod), kind, parent);
        Activity.Current = null;
        if (span is null)
        {
            return null;
        }

        if (exchange.IsGrpc)
        {
            span.SetTag("rpc.system.name", "grpc");
            span.SetTag("rpc.method", path);
        }
        else
        {
            span.SetTag("http.request.method", Encoding.ASCII.GetString(httpMethod));
            span.SetTag("url.path", "/" + path);
        }

        span.SetTag("server.address", Encoding.UTF8.GetString(exchange.Flow.NameFor(exchange)));
        if (direction == Direction.Inbound && exchange.Downstream!.Connection.Remote is { } peer)
        {
            span.SetTag("network.peer.address", peer.Address.ToString());
            span.SetTag("network.peer.port", peer.Port);
        }

        return span;
    }

    private ulong NextId() => Math.Max(1, worker.Random.NextUInt64()); // 0 is no id

    private static void SetTraceParent(HeaderList head, ReadOnlySpan<byte> value) => RequestHead.Set(head, KnownHeader.Traceparent, value);

    private static bool IsRepeated(HeaderList head, int index)
    {
        for (var i = index + 1; i < head.Count; i++)
        {
            if (head.NameAt(i).SequenceEqual(head.NameAt(index)))
            {
                return true;
            }
        }

        return false;
    }

    private static void RemoveAll(HeaderList head, KnownHeader name)
    {
        for (var index = head.IndexOf(name); index >= 0; index = head.IndexOf(name))
        {
            head.RemoveAt(index);
        }
    }
}
