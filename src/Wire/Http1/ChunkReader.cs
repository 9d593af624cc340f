namespace Mesh.Wire.Http1;

/// <summary>Reads chunks up to the last one's line (RFC 9112 section 7.1), byte by byte where it has to, and keeps no bytes.</summary>
internal struct ChunkReader
{
    /// <summary>Extensions may be so much longer than the content they come with: nobody needs them, and they are read for nothing.</summary>
    private const long MostExtension = 4096;

    /// <summary>Hexadecimal digits of 64 bits.</summary>
    private const int MostDigits = 16;

    private ChunkState _state;
    private int _digits;

    /// <summary>While digits are read the chunk's size, then what is left of it.</summary>
    private long _left;

    /// <summary>Content so far, less extensions.</summary>
    private long _balance;

    /// <summary>The last chunk's line has ended: trailers follow, or the empty line.</summary>
    public readonly bool AreOver => _state == ChunkState.Over;

    /// <summary>Reads to the end of a piece of content, of the last chunk's line, or of what came. Null if no rule is broken.</summary>
    public Http1Fault? Read(ReadOnlySpan<byte> bytes, scoped ref int position, out ReadOnlySpan<byte> data)
    {
        data = default;
        while (position < bytes.Length)
        {
            if (_state == ChunkState.Data)
            {
                var n = (int)Math.Min(_left, bytes.Length - position);
                data = bytes.Slice(position, n);
                position += n;
                _left -= n;
                _balance += n;
                _state = _left > 0 ? ChunkState.Data : ChunkState.DataEnd;
                return ReadEnd(bytes, ref position);
            }

            if (ReadFraming(bytes[position++]) is { } fault)
            {
                return fault;
            }

            if (_state == ChunkState.Over)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The end of the content often lies behind its last piece: both are told at once.</summary>
    private Http1Fault? ReadEnd(ReadOnlySpan<byte> bytes, scoped ref int position)
    {
        var end = "\r\n0\r\n"u8;
        if (_state == ChunkState.DataEnd && bytes[position..].StartsWith(end))
        {
            position += end.Length;
            _state = ChunkState.Over;
        }

        return null;
    }

    /// <summary>One octet that is no content.</summary>
    private Http1Fault? ReadFraming(byte octet)
    {
        switch (_state)
        {
            case ChunkState.Size:
                return ReadSize(octet);

            case ChunkState.Space:
                // White space is bad here and allowed (section 7.1.1), but only before an extension.
                _state = octet == (byte)';' ? ChunkState.Extension : ChunkState.Space;
                return octet is (byte)';' or (byte)' ' or (byte)'\t' ? CountExtension() : Http1Fault.BadChunk;

            case ChunkState.Extension:
                if (octet == (byte)'\r')
                {
                    _state = ChunkState.SizeEnd;
                    return null;
                }

                return octet is 0 or (byte)'\n' ? Http1Fault.BadChunk : CountExtension();

            case ChunkState.SizeEnd:
                _state = _left > 0 ? ChunkState.Data : ChunkState.Over;
                return octet == (byte)'\n' ? null : Http1Fault.BadChunk;

            case ChunkState.DataEnd:
                _state = ChunkState.DataEndLine;
                return octet == (byte)'\r' ? null : Http1Fault.BadChunk;

            default:
                (_state, _digits, _left) = (ChunkState.Size, 0, 0);
                return octet == (byte)'\n' ? null : Http1Fault.BadChunk;
        }
    }

    private Http1Fault? ReadSize(byte octet)
    {
        if (char.IsAsciiHexDigit((char)octet))
        {
            var digit = (octet & 0xf) + (octet > (byte)'9' ? 9 : 0);
            if (++_digits > MostDigits || _left > long.MaxValue >> 4)
            {
                return Http1Fault.ChunkTooLarge;
            }

            _left = (_left << 4) | (long)digit;
            return null;
        }

        if (_digits == 0)
        {
            return Http1Fault.BadChunk;
        }

        switch (octet)
        {
            case (byte)'\r':
                _state = ChunkState.SizeEnd;
                return null;
            case (byte)';':
                _state = ChunkState.Extension;
                return CountExtension();
            case (byte)' ' or (byte)'\t':
                _state = ChunkState.Space;
                return CountExtension();
            default:
                return Http1Fault.BadChunk;
        }
    }

    private Http1Fault? CountExtension() => --_balance < -MostExtension ? Http1Fault.ExtensionsTooLarge : null;
}
