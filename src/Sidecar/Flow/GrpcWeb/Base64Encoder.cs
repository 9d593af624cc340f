using System.Buffers.Text;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// Encodes a stream of bytes in base64 as it comes. Up to two bytes wait for the rest of their group; <see cref="Flush"/> pads them out,
/// which the reader takes anywhere between two groups. Pure.
/// </summary>
internal struct Base64Encoder
{
    private const int BytesOfGroup = 3;

    private const int Group = 4;

    /// <summary>Bytes of a step: its text fits a segment.</summary>
    private const int Step = 12 * 1024;

    private byte _first;
    private byte _second;
    private int _count;

    /// <summary>Encodes a piece, but for its last bytes if they make no group.</summary>
    public void Write(ByteQueue output, ReadOnlySpan<byte> bytes)
    {
        while (_count > 0 && !bytes.IsEmpty)
        {
            Hold(output, bytes[0]);
            bytes = bytes[1..];
        }

        while (bytes.Length >= BytesOfGroup)
        {
            var n = Math.Min(bytes.Length, Step) / BytesOfGroup * BytesOfGroup;
            Encode(output, bytes[..n]);
            bytes = bytes[n..];
        }

        foreach (var octet in bytes)
        {
            Hold(output, octet);
        }
    }

    /// <summary>Encodes what waits: what has been written can be read to its end.</summary>
    public void Flush(ByteQueue output)
    {
        if (_count > 0)
        {
            Encode(output, ((ReadOnlySpan<byte>)[_first, _second])[.._count]);
            _count = 0;
        }
    }

    private void Hold(ByteQueue output, byte octet)
    {
        switch (_count++)
        {
            case 0:
                _first = octet;
                break;
            case 1:
                _second = octet;
                break;
            default:
                Encode(output, [_first, _second, octet]);
                _count = 0;
                break;
        }
    }

    private static void Encode(ByteQueue output, ReadOnlySpan<byte> bytes)
    {
        var text = output.Extend((bytes.Length + BytesOfGroup - 1) / BytesOfGroup * Group);
        Base64.EncodeToUtf8(bytes, text, out _, out _);
    }
}
