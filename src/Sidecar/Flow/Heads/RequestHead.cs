using System.Buffers.Text;
using Mesh.Policy.Deadlines;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>What the mesh reads in a request's head, and what it changes on the way.</summary>
internal static class RequestHead
{
    /// <summary>application/grpc, also with a suffix or parameters, but not application/grpc-web.</summary>
    public static bool IsGrpc(HeaderList headers) =>
        headers.TryGet(KnownHeader.ContentType, out var type) && IsGrpcType(type);

    public static bool IsGrpcType(ReadOnlySpan<byte> type)
    {
        var prefix = "application/grpc"u8;
        return type.StartsWith(prefix) && (type.Length == prefix.Length || type[prefix.Length] is (byte)'+' or (byte)';');
    }

    /// <summary>The path without the query.</summary>
    public static ReadOnlySpan<byte> PathOf(HeaderList headers)
    {
        if (!headers.TryGet(KnownHeader.Path, out var path))
        {
            return default; // CONNECT
        }

        var query = path.IndexOf((byte)'?');
        return query < 0 ? path : path[..query];
    }

    public static bool TryGetTimeout(HeaderList headers, out long ticks)
    {
        ticks = 0;
        return headers.TryGet(KnownHeader.GrpcTimeout, out var value) && GrpcTimeout.TryParse(value, out ticks);
    }

    /// <param name="headers">Changed.</param>
    /// <param name="ticks">What remains; what has passed becomes the shortest timeout there is.</param>
    public static void SetTimeout(HeaderList headers, long ticks)
    {
        Span<byte> text = stackalloc byte[GrpcTimeout.MaxLength];
        var length = GrpcTimeout.Format(Math.Max(1, ticks), text);
        Set(headers, KnownHeader.GrpcTimeout, text[..length]);
    }

    /// <param name="headers">Changed.</param>
    /// <param name="attempts">That there have been before.</param>
    /// <param name="isGrpc">It is said as gRPC has it (gRFC A6).</param>
    public static void SetPreviousAttempts(HeaderList headers, int attempts, bool isGrpc)
    {
        Span<byte> text = stackalloc byte[11];
        Utf8Formatter.TryFormat(attempts, text, out var length);
        if (isGrpc)
        {
            Set(headers, KnownHeader.GrpcPreviousRpcAttempts, text[..length]);
        }
        else
        {
            headers.Add(CallerHeaders.PreviousAttempts, text[..length]);
        }
    }

    public static void Set(HeaderList headers, KnownHeader name, ReadOnlySpan<byte> value)
    {
        var index = headers.IndexOf(name);
        if (index < 0)
        {
            headers.Add(name, value);
        }
        else
        {
            headers.SetValue(index, value);
        }
    }
}
