using System.Buffers.Binary;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// The last frame of a response of gRPC-Web: the trailers, since browsers show no others. Its first octet is 0x80, then comes its
/// length, then a line for each field. Pure.
/// </summary>
internal static class GrpcWebTrailers
{
    private const byte Flag = 0x80;

    private const int PrefixSize = 5;

    /// <summary>Writes them in binary.</summary>
    public static void Write(HeaderList trailers, ByteQueue output)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        SetPrefix(trailers, prefix);
        output.Append(prefix);
        for (var i = 0; i < trailers.Count; i++)
        {
            output.Append(trailers.NameAt(i));
            output.Append(": "u8);
            output.Append(trailers.ValueAt(i));
            output.Append("\r\n"u8);
        }
    }

    /// <summary>Writes them in base64, behind what the encoder has been given.</summary>
    public static void Write(HeaderList trailers, ref Base64Encoder encoder, ByteQueue output)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        SetPrefix(trailers, prefix);
        encoder.Write(output, prefix);
        for (var i = 0; i < trailers.Count; i++)
        {
            encoder.Write(output, trailers.NameAt(i));
            encoder.Write(output, ": "u8);
            encoder.Write(output, trailers.ValueAt(i));
            encoder.Write(output, "\r\n"u8);
        }

        encoder.Flush(output);
    }

    private static void SetPrefix(HeaderList trailers, Span<byte> prefix)
    {
        var length = trailers.Size - (trailers.Count * (HeaderList.FieldOverhead - 4));
        prefix[0] = Flag;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
    }
}
