using System.Diagnostics;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// The spans of single attempts, children of their call's: as soon as there is a second attempt, each has one, and what the
/// endpoint does is a child of it. A call with one attempt is its own span: most are, and the second would say nothing new.
/// The first attempt's is made up when it has failed, so that what its endpoint did, if anything, stays a child of the call.
/// </summary>
internal static class AttemptSpan
{
    /// <summary>An attempt after the first begins.</summary>
    /// <returns>The attempt's span, for <see cref="End"/>; null if there is none.</returns>
    public static Activity? Start(Activity call, CallProtocol protocol, int attempt, Endpoint endpoint) =>
        Make(call, protocol, attempt, endpoint, default);

    /// <summary>The head, which has the call's span, is to be the child of the attempt's.</summary>
    public static void WriteTo(HeaderList head, Activity span)
    {
        var isRandom = head.TryGet(KnownHeader.Traceparent, out var ours) && TraceParent.TryRead(ours, out var context) && context.IsRandom;
        RequestHead.Set(head, KnownHeader.Traceparent, JoinedTrace.HeaderOf(span, isRandom));
    }

    /// <summary>The attempt has ended.</summary>
    public static void End(Activity span, CallProtocol protocol, Endpoint endpoint, in Outcome outcome, long now)
    {
        var code = CallCode.Of(protocol == CallProtocol.Grpc, outcome);
        span.SetTag("mesh.breaker", Words.Of(endpoint.State.Breaker.StateAt(now)));
        CallSpan.SetOutcome(span, protocol, code, outcome, message: null);
        span.Stop();
        Activity.Current = null; // stopping makes the parent current
    }

    /// <summary>The first attempt has failed and another follows.</summary>
    /// <param name="call">The call's span.</param>
    /// <param name="protocol">Of the call.</param>
    /// <param name="endpoint">Where it went.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="after">How long after the call it began, in ticks.</param>
    /// <param name="now">In the loops' ticks.</param>
    public static void AddFirst(Activity call, CallProtocol protocol, Endpoint endpoint, in Outcome outcome, long after, long now)
    {
        if (Make(call, protocol, 1, endpoint, new DateTimeOffset(call.StartTimeUtc.AddTicks(after))) is { } span)
        {
            End(span, protocol, endpoint, outcome, now);
        }
    }

    private static Activity? Make(Activity call, CallProtocol protocol, int attempt, Endpoint endpoint, DateTimeOffset began)
    {
        var span = call.Source.StartActivity(ActivityKind.Client, call.Context, startTime: began, name: call.DisplayName);
        Activity.Current = null; // the thread has none of its own
        if (span is null)
        {
            return null;
        }

        span.SetTag("mesh.attempt", attempt);
        CallSpan.SetEndpoint(span, endpoint);
        foreach (var (name, value) in call.TagObjects)
        {
            if (name is "rpc.system.name" or "rpc.method" or "http.request.method" or "server.address" or "server.port")
            {
                span.SetTag(name, value);
            }
        }

        if (protocol != CallProtocol.Grpc && attempt > 1)
        {
            span.SetTag("http.request.resend_count", attempt - 1);
        }

        return span;
    }
}
