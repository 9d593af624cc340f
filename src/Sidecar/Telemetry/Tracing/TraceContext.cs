using System.Diagnostics;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// What a call's head says of the trace it belongs to. The ids are numbers, so that reading and writing them allocates
/// nothing.
/// </summary>
/// <param name="TraceHigh">The upper half of the trace id; both halves are 0 if the caller gave no ids.</param>
/// <param name="TraceLow">The lower half.</param>
/// <param name="ParentId">The caller's span.</param>
/// <param name="IsSampled">The caller's decision; null if it left that to others.</param>
/// <param name="IsRandom">W3C Trace Context level 2: the lower 56 bits of the trace id are random.</param>
internal readonly record struct TraceContext(ulong TraceHigh, ulong TraceLow, ulong ParentId, bool? IsSampled, bool IsRandom = false)
{
    /// <summary>Nobody said anything.</summary>
    public static readonly TraceContext None = new(0, 0, 0, null);

    public bool HasIds => (TraceHigh | TraceLow) != 0 && ParentId != 0;

    /// <summary>For the span that is its child; it may allocate.</summary>
    public ActivityContext ToActivityContext(string? state)
    {
        Span<byte> id = stackalloc byte[2 * sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(id, TraceHigh);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(id[sizeof(ulong)..], TraceLow);
        var trace = ActivityTraceId.CreateFromBytes(id);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(id, ParentId);
        var parent = ActivitySpanId.CreateFromBytes(id[..sizeof(ulong)]);
        return new ActivityContext(trace, parent, IsSampled == true ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, state, isRemote: true);
    }
}
