using System.Buffers.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Flow;

/// <summary>What the mesh reads in an answer's head or trailers.</summary>
internal static class ResponseHead
{
    /// <summary>Whether it is an answer in gRPC: status 200 and the content type (gRPC over HTTP/2, "Responses").</summary>
    public static bool IsGrpc(HeaderList headers, out int httpStatus)
    {
        httpStatus = StatusOf(headers);
        if (httpStatus != 200)
        {
            return false;
        }

        return headers.TryGet(KnownHeader.ContentType, out var type)
            ? RequestHead.IsGrpcType(type)
            : headers.IndexOf(KnownHeader.GrpcStatus) >= 0; // trailers only, by a server that leaves the type out
    }

    /// <summary>By grpc-status; without it nobody has said how it went.</summary>
    public static Outcome GrpcOutcome(HeaderList headers) =>
        Outcome.FromGrpc(headers.TryGet(KnownHeader.GrpcStatus, out var digits) && GrpcStatus.TryParseCode(digits, out var code)
            ? code
            : GrpcStatus.Unknown);

    public static Outcome HttpOutcome(HeaderList headers) => Outcome.FromHttp(StatusOf(headers));

    /// <summary>grpc-retry-pushback-ms (gRFC A6); what is not a number means: do not retry.</summary>
    public static int? Pushback(HeaderList headers)
    {
        if (!headers.TryGet(KnownHeader.GrpcRetryPushbackMs, out var value))
        {
            return null;
        }

        return Utf8Parser.TryParse(value, out int milliseconds, out var used) && used == value.Length ? milliseconds : -1;
    }

    private static int StatusOf(HeaderList headers)
    {
        // Three digits: the engine lets no other pass.
        var value = headers.ValueAt(0);
        return ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
    }
}
