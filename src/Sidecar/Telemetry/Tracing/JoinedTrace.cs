using System.Diagnostics;
using System.Text;
using Mesh.Policy;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// The trace that a call belongs to: its caller's, if the head names one, otherwise a new one. A head is read once
/// (<see cref="Of"/>) and then told what later hops are to know (<see cref="Start"/> or <see cref="PassOnUnsampled"/>).
/// </summary>
/// <param name="Caller">What the head said; without ids if it said nothing, or nothing that is well-formed.</param>
/// <param name="High">The upper half of the trace id.</param>
/// <param name="Low">The lower half.</param>
/// <param name="IsW3C">The caller said so in traceparent.</param>
internal readonly record struct JoinedTrace(TraceContext Caller, ulong High, ulong Low, bool IsW3C)
{
    private static readonly ActivitySource Source = new(CallSpan.SourceName);

    /// <summary>Reads the head, and takes out of it what is malformed.</summary>
    public static JoinedTrace Of(HeaderList head, ref Rng random)
    {
        var isW3C = TryJoin(head, out var caller);
        return caller.HasIds
            ? new JoinedTrace(caller, caller.TraceHigh, caller.TraceLow, isW3C)
            : new JoinedTrace(caller, NextId(ref random), NextId(ref random), isW3C);
    }

    /// <summary>The ids of the trace that a head names, which stays as it is.</summary>
    public static bool TryReadIds(HeaderList head, out ulong high, out ulong low)
    {
        var isRead = head.TryGet(KnownHeader.Traceparent, out var parent) ? TraceParent.TryRead(parent, out var context) : B3.TryRead(head, out context);
        (high, low) = (context.TraceHigh, context.TraceLow);
        return isRead && context.HasIds;
    }

    /// <summary>The header of a span.</summary>
    public static byte[] HeaderOf(Activity span, bool isRandom) =>
        Encoding.ASCII.GetBytes($"00-{span.TraceId}-{span.SpanId}-{(isRandom ? "03" : "01")}");

    /// <summary>Starts the call's span and puts it into the head.</summary>
    /// <returns>Null, and the head as it was, if nobody listens.</returns>
    public Activity? Start(HeaderList head, string name, ActivityKind kind)
    {
        ActivityContext parent = default;
        if (Caller.HasIds)
        {
            parent = Caller.ToActivityContext(head.TryGet(KnownHeader.Tracestate, out var state) ? Encoding.ASCII.GetString(state) : null);
        }
        else
        {
            TraceIds.SetNext(High, Low);
        }

        // The thread has no span of its own that others could be children of.
        Activity.Current = null;
        var span = Source.StartActivity(name, kind, parent);
        Activity.Current = null;
        if (span is not null)
        {
            RequestHead.Set(head, KnownHeader.Traceparent, HeaderOf(span, Caller.IsRandom));
        }

        return span;
    }

    /// <summary>Tells later hops that the call is not sampled.</summary>
    public void PassOnUnsampled(HeaderList head, ref Rng random)
    {
        if (IsW3C && Caller.IsSampled == false)
        {
            return; // what the caller sent says it all
        }

        // A parent that changes its flag must be another one (W3C Trace Context section 3.4, "update sampled").
        var parent = Caller.HasIds && Caller.IsSampled != true ? Caller.ParentId : NextId(ref random);
        Span<byte> header = stackalloc byte[TraceParent.Length];
        TraceParent.Write(new TraceContext(High, Low, parent, IsSampled: false, Caller.IsRandom), header);
        RequestHead.Set(head, KnownHeader.Traceparent, header);
    }

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

            head.RemoveAll(KnownHeader.Traceparent);
            head.RemoveAll(KnownHeader.Tracestate); // it belongs to the traceparent (W3C Trace Context section 3.3)
            caller = TraceContext.None;
            return false;
        }

        head.RemoveAll(KnownHeader.Tracestate);
        if (!B3.TryRead(head, out caller))
        {
            caller = TraceContext.None;
        }

        return false;
    }

    private static ulong NextId(ref Rng random) => Math.Max(1, random.NextUInt64()); // 0 is no id

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
}
