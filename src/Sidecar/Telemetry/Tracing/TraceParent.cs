namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>The header traceparent (W3C Trace Context section 3.2): version, trace id, parent id and flags, joined by '-'.</summary>
internal static class TraceParent
{
    /// <summary>Of the only version there is, 00. Later ones may have more behind it.</summary>
    public const int Length = 55;

    public const int TraceIdLength = 32;

    private const int TraceAt = 3;
    private const int LowAt = 19;
    private const int ParentAt = 36;
    private const int FlagsAt = 53;
    private const int SampledFlag = 1;
    private const int RandomFlag = 2;

    /// <summary>What is not exactly as the specification says is to be ignored as a whole (section 3.2.2 and 4.3).</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out TraceContext context)
    {
        context = TraceContext.None;
        if (header.Length < Length
            || header[TraceAt - 1] != '-' || header[ParentAt - 1] != '-' || header[FlagsAt - 1] != '-'
            || !Hex.TryRead(header[..2], out var version)
            || !Hex.TryRead(header[TraceAt..LowAt], out var high)
            || !Hex.TryRead(header[LowAt..(ParentAt - 1)], out var low)
            || !Hex.TryRead(header[ParentAt..(FlagsAt - 1)], out var parent)
            || !Hex.TryRead(header.Slice(FlagsAt, 2), out var flags))
        {
            return false;
        }

        const ulong forbidden = 0xff;
        var lengthFits = version == 0 ? header.Length == Length : header.Length == Length || header[Length] == '-';
        if (version == forbidden || !lengthFits)
        {
            return false;
        }

        context = new TraceContext(high, low, parent, (flags & SampledFlag) != 0, (flags & RandomFlag) != 0);
        return context.HasIds;
    }

    /// <summary>The trace id of a header that <see cref="TryRead"/> takes.</summary>
    public static ReadOnlySpan<byte> TraceIdOf(ReadOnlySpan<byte> header) => header.Slice(TraceAt, TraceIdLength);

    /// <summary>Version 00 of it.</summary>
    /// <param name="context">With ids; what nobody decided counts as not sampled.</param>
    /// <param name="into"><see cref="Length"/> bytes.</param>
    public static void Write(in TraceContext context, Span<byte> into)
    {
        Hex.Write(0, into[..2]);
        into[TraceAt - 1] = into[ParentAt - 1] = into[FlagsAt - 1] = (byte)'-';
        Hex.Write(context.TraceHigh, into[TraceAt..LowAt]);
        Hex.Write(context.TraceLow, into[LowAt..(ParentAt - 1)]);
        Hex.Write(context.ParentId, into[ParentAt..(FlagsAt - 1)]);
        Hex.Write((context.IsSampled == true ? SampledFlag : 0u) | (context.IsRandom ? RandomFlag : 0u), into.Slice(FlagsAt, 2));
    }
}
