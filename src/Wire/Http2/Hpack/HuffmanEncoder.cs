using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>Encodes strings with the code of RFC 7541 appendix B. Stateless; any thread.</summary>
internal static class HuffmanEncoder
{
    /// <summary>How many bytes behind the encoded ones <see cref="Encode"/> may touch.</summary>
    public const int Slack = 4;

    private static readonly uint[] Codes = HuffmanCode.Codes();

    /// <summary>How many octets the string takes when encoded.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> source)
    {
        var lengths = HuffmanCode.Lengths;
        long bits = 7;
        foreach (var octet in source)
        {
            bits += lengths[octet];
        }

        return (int)(bits >> 3);
    }

    /// <summary>Encodes into <paramref name="destination"/>, which has room for <see cref="EncodedLength"/> octets and <see cref="Slack"/>.</summary>
    public static void Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var codes = Codes;
        var lengths = HuffmanCode.Lengths;
        ulong bits = 0;
        var pending = 0;
        var position = 0;
        foreach (var octet in source)
        {
            int length = lengths[octet];
            bits = (bits << length) | codes[octet];
            pending += length;
            if (pending >= 32)
            {
                pending -= 32;
                BinaryPrimitives.WriteUInt32BigEndian(destination[position..], (uint)(bits >> pending));
                position += sizeof(uint);
            }
        }

        if (pending > 0)
        {
            // What is left over is filled up with ones, the start of the end-of-string code.
            var rest = (bits << (32 - pending)) | (uint.MaxValue >> pending);
            BinaryPrimitives.WriteUInt32BigEndian(destination[position..], (uint)rest);
        }
    }
}
