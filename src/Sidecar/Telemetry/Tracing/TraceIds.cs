using System.Buffers.Binary;
using System.Diagnostics;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// Gives root spans the trace id by which their sampling was decided: .NET makes up the id of a root itself, unless a
/// generator is set.
/// </summary>
internal static class TraceIds
{
    [ThreadStatic]
    private static (ulong High, ulong Low) _next;

    /// <summary>Once per process, before the first span. Other roots of the process get random ids as before.</summary>
    public static void Install() => Activity.TraceIdGenerator = Generate;

    /// <summary>The id of the next root that this thread starts.</summary>
    public static void SetNext(ulong high, ulong low) => _next = (high, low);

    private static ActivityTraceId Generate()
    {
        var (high, low) = _next;
        if ((high | low) == 0)
        {
            return ActivityTraceId.CreateRandom();
        }

        _next = default;
        Span<byte> id = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(id, high);
        BinaryPrimitives.WriteUInt64BigEndian(id[sizeof(ulong)..], low);
        return ActivityTraceId.CreateFromBytes(id);
    }
}
