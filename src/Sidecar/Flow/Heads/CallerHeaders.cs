using System.Buffers.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>
/// What a caller writes into headers that the mesh, or a server behind it, may take for more than a caller's word. Nothing
/// that the mesh acts upon is believed:
/// <list type="bullet">
/// <item><c>grpc-previous-rpc-attempts</c>: a client that retries by itself says so (gRFC A6), and so does a sidecar; of calls that are not
/// gRPC <c>x-mesh-previous-attempts</c> says it. One small number stays, and the call is not tried again by policy; anything else goes.</item>
/// <item><c>x-mesh-hops</c>: see <see cref="Hops"/>. Other names under <c>x-mesh-</c> mean nothing to a sidecar, and pass as
/// any header does.</item>
/// <item><c>grpc-timeout</c> shortens what the route allows and never lengthens it: see <see cref="RequestFlow"/>; of calls that are not gRPC
/// <c>x-mesh-timeout-ms</c> does, too. What is none means nothing.</item>
/// <item><c>traceparent</c>, <c>tracestate</c> and <c>b3</c>: see <see cref="CallTracing"/>; what is malformed
/// goes.</item>
/// </list>
/// </summary>
internal static class CallerHeaders
{
    /// <summary>Nobody has tried more often.</summary>
    private const int MostPreviousAttempts = 999;

    private const int LongestMillis = 24 * 60 * 60 * 1000;

    /// <summary>What <c>grpc-previous-rpc-attempts</c> is to gRPC.</summary>
    public static ReadOnlySpan<byte> PreviousAttempts => "x-mesh-previous-attempts"u8;

    /// <summary>What <c>grpc-timeout</c> is to gRPC: whole milliseconds, 1 to 86400000.</summary>
    public static ReadOnlySpan<byte> TimeoutMillis => "x-mesh-timeout-ms"u8;

    /// <summary>How long the caller waits.</summary>
    /// <param name="request">The head as it came.</param>
    /// <param name="isGrpc">The call is gRPC.</param>
    /// <returns>In ticks; null if it does not say, or what is no time.</returns>
    public static long? TimeoutOf(HeaderList request, bool isGrpc)
    {
        long? said = RequestHead.TryGetTimeout(request, out var timeout) ? timeout : null;
        var index = isGrpc ? -1 : request.IndexOf(TimeoutMillis);
        return index >= 0 && TryReadMillis(request.ValueAt(index), out var millis) && !IsRepeated(request, index)
            ? Math.Min(said ?? long.MaxValue, millis * TimeSpan.TicksPerMillisecond)
            : said;
    }

    /// <summary>Where a call that is not gRPC has said how long its caller waits, what is left of that goes on.</summary>
    /// <param name="head">Of an attempt.</param>
    /// <param name="ticks">What is left.</param>
    public static void PassTimeoutOn(HeaderList head, long ticks)
    {
        var index = head.IndexOf(TimeoutMillis);
        if (index < 0 || !TryReadMillis(head.ValueAt(index), out _) || IsRepeated(head, index))
        {
            return;
        }

        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(Math.Max(1, ticks / TimeSpan.TicksPerMillisecond), text, out var length);
        head.SetValue(index, text[..length]);
    }

    /// <summary>Attempts that the caller itself has made before.</summary>
    /// <param name="request">The head as it came; what it should not say on that is taken out.</param>
    /// <param name="isGrpc">The call is gRPC.</param>
    public static int ReadPreviousAttempts(HeaderList request, bool isGrpc)
    {
        var index = isGrpc ? request.IndexOf(KnownHeader.GrpcPreviousRpcAttempts) : request.IndexOf(PreviousAttempts);
        if (index < 0)
        {
            return 0;
        }

        if (TryReadAttempts(request.ValueAt(index), out var attempts) && !IsRepeated(request, index))
        {
            return attempts;
        }

        RemoveAll(request, index);
        return 0;
    }

    private static bool TryReadAttempts(ReadOnlySpan<byte> value, out int attempts) =>
        Utf8Parser.TryParse(value, out attempts, out var used) && used == value.Length && attempts is > 0 and <= MostPreviousAttempts;

    private static bool TryReadMillis(ReadOnlySpan<byte> value, out int millis) =>
        Utf8Parser.TryParse(value, out millis, out var used) && used == value.Length && value[0] != (byte)'+' && millis is > 0 and <= LongestMillis;

    private static bool IsRepeated(HeaderList request, int index)
    {
        for (var i = index + 1; i < request.Count; i++)
        {
            if (request.NameAt(i).SequenceEqual(request.NameAt(index)))
            {
                return true;
            }
        }

        return false;
    }

    private static void RemoveAll(HeaderList request, int first)
    {
        for (var i = request.Count - 1; i > first; i--)
        {
            if (request.NameAt(i).SequenceEqual(request.NameAt(first)))
            {
                request.RemoveAt(i);
            }
        }

        request.RemoveAt(first);
    }
}
