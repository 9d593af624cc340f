namespace Mesh.Wire.Http2.Hpack;

/// <summary>A string literal as it lies in a block (RFC 7541 section 5.2), not yet decoded.</summary>
internal readonly ref struct HpackString
{
    private readonly ReadOnlySpan<byte> _octets;
    private readonly bool _huffman;

    private HpackString(ReadOnlySpan<byte> octets, bool huffman)
    {
        _octets = octets;
        _huffman = huffman;
    }

    /// <summary>The least octets it can decode to.</summary>
    public int MinLength => _huffman ? (int)((long)_octets.Length * 8 / HuffmanCode.LongestCode) : _octets.Length;

    /// <summary>The most octets it can decode to.</summary>
    public int MaxLength => _huffman ? HuffmanDecoder.MaxDecodedLength(_octets.Length) : _octets.Length;

    /// <summary>Finds the string at <paramref name="position"/>; false if the block ends within it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, scoped ref int position, out HpackString text)
    {
        text = default;
        if ((uint)position >= (uint)block.Length)
        {
            return false;
        }

        int first = block[position++];
        if (!HpackInteger.TryRead(block, ref position, first, 0x7f, out var length) || length > block.Length - position)
        {
            return false;
        }

        text = new HpackString(block.Slice(position, length), first >= 0x80);
        position += length;
        return true;
    }

    /// <summary>
    /// Writes <paramref name="octets"/> as a literal, Huffman-coded if that is shorter, and returns the octets written.
    /// <paramref name="destination"/> has room for the plain form and <see cref="HuffmanEncoder.Slack"/>.
    /// </summary>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> octets)
    {
        var encoded = HuffmanEncoder.EncodedLength(octets);
        if (encoded < octets.Length)
        {
            var start = HpackInteger.Write(destination, 0x80, 0x7f, encoded);
            HuffmanEncoder.Encode(octets, destination[start..]);
            return start + encoded;
        }

        var length = HpackInteger.Write(destination, 0, 0x7f, octets.Length);
        octets.CopyTo(destination[length..]);
        return length + octets.Length;
    }

    /// <summary>Decodes to <paramref name="destination"/>, which has room for <see cref="MaxLength"/> octets and a slack. Returns how many, or -1 if the Huffman code is broken.</summary>
    public int CopyTo(byte[] destination, int offset)
    {
        if (_huffman)
        {
            return HuffmanDecoder.Decode(_octets, ref destination[offset]);
        }

        _octets.CopyTo(destination.AsSpan(offset));
        return _octets.Length;
    }

    /// <summary>Whether it can be decoded, for a field that is not kept. <paramref name="scratch"/> lends the room behind its fields.</summary>
    public bool IsWellFormed(HeaderList scratch)
    {
        if (!_huffman)
        {
            return true;
        }

        scratch.Reserve(MaxLength);
        return HuffmanDecoder.Decode(_octets, ref scratch.Bytes[scratch.Used]) >= 0;
    }
}
