using System.Buffers.Binary;
using System.Buffers.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Bench.Backend;

/// <summary>Heads, trailers and bodies that are the same for every call.</summary>
internal static class Answers
{
    /// <summary>As much as is asked for at most.</summary>
    private const int MostBytes = 1024 * 1024;

    private static readonly byte[] Zeros = new byte[MostBytes];

    /// <summary>Of an answer in gRPC.</summary>
    public static HeaderList GrpcHead { get; } = List((KnownHeader.Status, "200"u8.ToArray()), (KnownHeader.ContentType, "application/grpc"u8.ToArray()));

    /// <summary>Its end.</summary>
    public static HeaderList GrpcTrailers { get; } = List((KnownHeader.GrpcStatus, "0"u8.ToArray()));

    /// <summary>A message in gRPC, prefix included.</summary>
    public static byte[] Message(int length)
    {
        const int prefix = 5; // compressed or not, and the length
        var message = new byte[prefix + length];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), length);
        return message;
    }

    /// <summary>So many bytes.</summary>
    public static ReadOnlySpan<byte> Bytes(int length) => Zeros.AsSpan(0, length);

    /// <summary>The number at the end of a path: <c>/bench.Bytes/100</c>.</summary>
    public static int LengthIn(ReadOnlySpan<byte> path) =>
        Utf8Parser.TryParse(path[(path.LastIndexOf((byte)'/') + 1)..], out int length, out _) ? Math.Clamp(length, 0, MostBytes) : 0;

    /// <summary>Writes the head of an answer that is no gRPC's.</summary>
    /// <param name="head">Is replaced.</param>
    /// <param name="length">Of its body.</param>
    public static void WriteHead(HeaderList head, int length)
    {
        Span<byte> text = stackalloc byte[11];
        Utf8Formatter.TryFormat(length, text, out var digits);
        head.Clear();
        head.Add(KnownHeader.Status, "200"u8);
        head.Add(KnownHeader.ContentType, "application/octet-stream"u8);
        head.Add(KnownHeader.ContentLength, text[..digits]);
    }

    private static HeaderList List(params ReadOnlySpan<(KnownHeader Name, byte[] Value)> fields)
    {
        var list = new HeaderList();
        foreach (var (name, value) in fields)
        {
            list.Add(name, value);
        }

        return list;
    }
}
