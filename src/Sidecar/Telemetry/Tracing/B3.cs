using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// The headers of Zipkin's propagation, B3 (openzipkin/b3-propagation): one header "b3", or one for each field. Read for
/// callers that speak nothing else; never written.
/// </summary>
internal static class B3
{
    private const int SpanDigits = 16;

    /// <summary>Reads the single header or, without it, the several.</summary>
    /// <returns>False if there is nothing, or nothing that is well-formed.</returns>
    public static bool TryRead(HeaderList head, out TraceContext context)
    {
        if (head.TryGet(KnownHeader.B3, out var single))
        {
            return TryReadSingle(single, out context);
        }

        context = TraceContext.None;
        if (!TryReadDecision(head, out var sampled))
        {
            return false;
        }

        if (!head.TryGet(KnownHeader.B3TraceId, out var trace))
        {
            context = TraceContext.None with { IsSampled = sampled };
            return sampled is not null;
        }

        return head.TryGet(KnownHeader.B3SpanId, out var span) && TryReadIds(trace, span, sampled, out context);
    }

    /// <summary>"{trace}-{span}[-{decision}[-{parent span}]]", or the decision alone.</summary>
    private static bool TryReadSingle(ReadOnlySpan<byte> header, out TraceContext context)
    {
        context = TraceContext.None;
        bool? sampled = null;
        if (header.Length == 1)
        {
            var alone = TryReadDecision(header, out sampled);
            context = TraceContext.None with { IsSampled = sampled };
            return alone;
        }

        var dash = header.IndexOf((byte)'-');
        if (dash < 0)
        {
            return false;
        }

        var trace = header[..dash];
        var rest = header[(dash + 1)..];
        if (rest.Length > SpanDigits)
        {
            // The decision is one character, and the parent's id is of no use here.
            if (rest[SpanDigits] != '-' || rest.Length < SpanDigits + 2
                || !TryReadDecision(rest.Slice(SpanDigits + 1, 1), out sampled)
                || (rest.Length > SpanDigits + 2 && rest[SpanDigits + 2] != '-'))
            {
                return false;
            }

            rest = rest[..SpanDigits];
        }

        return TryReadIds(trace, rest, sampled, out context);
    }

    private static bool TryReadIds(ReadOnlySpan<byte> trace, ReadOnlySpan<byte> span, bool? sampled, out TraceContext context)
    {
        context = TraceContext.None;
        ulong high = 0;
        if (trace.Length == 2 * SpanDigits)
        {
            if (!Hex.TryRead(trace[..SpanDigits], out high))
            {
                return false;
            }

            trace = trace[SpanDigits..];
        }

        if (trace.Length != SpanDigits || span.Length != SpanDigits || !Hex.TryRead(trace, out var low) || !Hex.TryRead(span, out var parent))
        {
            return false;
        }

        context = new TraceContext(high, low, parent, sampled);
        return context.HasIds;
    }

    private static bool TryReadDecision(HeaderList head, out bool? sampled)
    {
        sampled = null;
        if (head.TryGet(KnownHeader.B3Flags, out var flags) && flags.SequenceEqual("1"u8))
        {
            sampled = true; // debug, which is more than sampled
            return true;
        }

        if (!head.TryGet(KnownHeader.B3Sampled, out var header))
        {
            return true;
        }

        // The words are of senders from before the specification.
        sampled = header.SequenceEqual("true"u8) ? true : header.SequenceEqual("false"u8) ? false : null;
        return sampled is not null || TryReadDecision(header, out sampled);
    }

    private static bool TryReadDecision(ReadOnlySpan<byte> character, out bool? sampled)
    {
        sampled = character switch
        {
            [(byte)'1'] or [(byte)'d'] => true,
            [(byte)'0'] => false,
            _ => null,
        };
        return sampled is not null;
    }
}
