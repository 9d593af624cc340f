using System.Buffers.Text;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>What the mesh reads in an answer's head or trailers.</summary>
internal static class ResponseHead
{
    private static ReadOnlySpan<byte> NoRetry => "x-mesh-no-retry"u8;

    /// <summary>
    /// Whether it is an answer in gRPC, by its content type (gRPC over HTTP/2, "Responses"). The HTTP status is to be 200; but who says
    /// how it went in gRPC's own terms is believed whatever HTTP is told: the status is for answers that do not (gRPC's mapping of
    /// HTTP statuses).
    /// </summary>
    public static bool IsGrpc(HeaderList headers, bool endStream, out int httpStatus)
    {
        httpStatus = StatusOf(headers);
        var hasStatus = headers.IndexOf(KnownHeader.GrpcStatus) >= 0;
        var isGrpc = headers.TryGet(KnownHeader.ContentType, out var type)
            ? RequestHead.IsGrpcType(type)
            : hasStatus; // trailers only, by a server that leaves the type out
        return isGrpc && (httpStatus == 200 || hasStatus || !endStream);
    }

    /// <summary>
    /// A head with another HTTP status than 200 becomes one that clients take for gRPC's: some look no further. What is in it stays.
    /// </summary>
    public static void MendStatus(HeaderList headers) => headers.SetValue(0, "200"u8);

    /// <summary>What an answer's head says of its endpoint: a success unless it says otherwise.</summary>
    public static Outcome OutcomeOf(HeaderList headers, bool isGrpc, bool endStream)
    {
        if (!isGrpc)
        {
            return HttpOutcome(headers);
        }

        if (!IsGrpc(headers, endStream, out var httpStatus))
        {
            return NotGrpc(httpStatus);
        }

        return endStream || headers.IndexOf(KnownHeader.GrpcStatus) >= 0 ? ReadGrpcOutcome(headers)
            : httpStatus == 200 ? Outcome.Ok()
            : NotGrpc(httpStatus);
    }

    /// <summary>Somebody answers who does not speak gRPC: a failure whatever it says.</summary>
    public static Outcome NotGrpc(int httpStatus) => Outcome.FromHttp(httpStatus) is { Class: OutcomeClass.Failure } failed
        ? failed
        : new Outcome(OutcomeClass.Failure, OutcomeReason.HttpStatus, OutcomeSource.Upstream, false, GrpcStatus.Unknown, httpStatus);

    /// <summary>By grpc-status. Without one, or with two that differ, nobody has said how it went; one that is repeated goes.</summary>
    public static Outcome ReadGrpcOutcome(HeaderList headers)
    {
        var index = headers.IndexOf(KnownHeader.GrpcStatus);
        if (index < 0 || !GrpcStatus.TryParseCode(headers.ValueAt(index), out var code))
        {
            return NoStatus;
        }

        for (var i = headers.Count - 1; i > index; i--)
        {
            if (headers.KnownAt(i) != KnownHeader.GrpcStatus)
            {
                continue;
            }

            if (!headers.ValueAt(i).SequenceEqual(headers.ValueAt(index)))
            {
                return NoStatus;
            }

            headers.RemoveAt(i);
        }

        return Outcome.FromGrpc(code);
    }

    /// <summary>An answer that ends without a status in gRPC, as its HTTP status has it where that says anything.</summary>
    /// <param name="httpStatus">Of its head.</param>
    public static Outcome Unstated(int httpStatus) => httpStatus == 200 ? NoStatus : NotGrpc(httpStatus);

    /// <summary>An answer that ends without a status.</summary>
    public static Outcome NoStatus => Outcome.Failed(OutcomeReason.NoGrpcStatus, OutcomeSource.Upstream);

    public static Outcome HttpOutcome(HeaderList headers) => Outcome.FromHttp(StatusOf(headers));

    /// <summary>
    /// grpc-retry-pushback-ms (gRFC A6); what is not a number means: do not retry. Of answers that are not gRPC x-mesh-no-retry means the same.
    /// </summary>
    public static int? Pushback(HeaderList headers)
    {
        if (!headers.TryGet(KnownHeader.GrpcRetryPushbackMs, out var value))
        {
            return headers.IndexOf(NoRetry) >= 0 ? -1 : null;
        }

        return Utf8Parser.TryParse(value, out int milliseconds, out var used) && used == value.Length ? milliseconds : -1;
    }

    /// <summary>Whoever gets the answer is not to try again: that has been done further on.</summary>
    /// <param name="end">The answer's trailers, or its head if that is all or it is not gRPC; changed.</param>
    /// <param name="isGrpc">It is said as gRPC has it.</param>
    public static void SayNoRetry(HeaderList end, bool isGrpc)
    {
        if (isGrpc)
        {
            RequestHead.Set(end, KnownHeader.GrpcRetryPushbackMs, "-1"u8);
        }
        else if (end.IndexOf(NoRetry) < 0)
        {
            end.Add(NoRetry, "1"u8);
        }
    }

    /// <summary>
    /// How long the endpoint asks to be left alone, in ticks; 0 is not at all. A date (RFC 9110 section 10.2.3) is taken from the
    /// answer's own: clocks differ.
    /// </summary>
    public static long RestOf(in Outcome outcome, HeaderList headers)
    {
        if (!outcome.MayAskForRest)
        {
            return 0;
        }

        if (Pushback(headers) is > 0 and var milliseconds)
        {
            return milliseconds * TimeSpan.TicksPerMillisecond;
        }

        if (!headers.TryGet(KnownHeader.RetryAfter, out var value))
        {
            return 0;
        }

        if (Utf8Parser.TryParse(value, out int seconds, out var used) && used == value.Length)
        {
            return Math.Max(seconds, 0) * TimeSpan.TicksPerSecond;
        }

        return TryParseDate(value, out var then) && headers.TryGet(KnownHeader.Date, out var date) && TryParseDate(date, out var now)
            ? Math.Max((then - now).Ticks, 0)
            : 0;
    }

    private static bool TryParseDate(ReadOnlySpan<byte> value, out DateTimeOffset date) =>
        Utf8Parser.TryParse(value, out date, out var used, 'R') && used == value.Length;

    private static int StatusOf(HeaderList headers)
    {
        // Three digits: the engine lets no other pass.
        var value = headers.ValueAt(0);
        return ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
    }
}
