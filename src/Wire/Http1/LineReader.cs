using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>
/// Cuts what comes into lines. A line that lies whole in what came is not copied; one that does not is put together in a buffer,
/// which is held until the next line is asked for. Only CR LF ends a line (RFC 9112 section 2.2 lets a recipient take a bare LF, which is
/// how two readers come to see different heads). What comes out depends on the bytes alone, never on how they were cut.
/// </summary>
/// <param name="scratch">The loop's.</param>
/// <param name="longest">Bytes a line may have.</param>
internal sealed class LineReader(ConnectionScratch scratch, int longest)
{
    private ByteBuffer? _begun;
    private bool _isWhole;

    /// <summary>A line has begun and has not ended.</summary>
    public bool IsWithin => _begun is not null && !_isWhole;

    /// <summary>The next line, without its end. It is valid until the next call.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="position">Where the line goes on; afterwards, where the next begins.</param>
    /// <param name="line">The line if there is one.</param>
    public LineResult Read(ReadOnlySpan<byte> bytes, scoped ref int position, out ReadOnlySpan<byte> line)
    {
        line = default;
        var rest = bytes[position..];
        if (_begun is not null)
        {
            if (!_isWhole)
            {
                return ReadOn(rest, ref position, out line);
            }

            Release();
        }

        var end = rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
        if ((uint)end >= (uint)(rest.Length - 1))
        {
            return Keep(rest, end, ref position);
        }

        if (end > longest)
        {
            return LineResult.TooLong;
        }

        if (rest[end] != (byte)'\r' || rest[end + 1] != (byte)'\n')
        {
            return LineResult.BadEnd;
        }

        line = rest[..end];
        position += end + 2;
        return LineResult.Line;
    }

    /// <summary>Gives back what it holds, and forgets the line that has begun.</summary>
    public void Release()
    {
        if (_begun is not null)
        {
            scratch.Return(_begun);
            _begun = null;
            _isWhole = false;
        }
    }

    /// <summary>Nothing in it ends the line, except perhaps a CR at its very end.</summary>
    private LineResult Keep(ReadOnlySpan<byte> rest, int end, scoped ref int position)
    {
        if ((end < 0 ? rest.Length : end) > longest)
        {
            return LineResult.TooLong;
        }

        if (end >= 0 && rest[end] != (byte)'\r')
        {
            return LineResult.BadEnd;
        }

        if (!rest.IsEmpty)
        {
            _begun ??= scratch.RentBuffer();
            _begun.Append(rest);
            position += rest.Length;
        }

        return LineResult.NeedMore;
    }

    private LineResult ReadOn(ReadOnlySpan<byte> rest, scoped ref int position, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (rest.IsEmpty)
        {
            return LineResult.NeedMore;
        }

        var begun = _begun!;
        var end = begun.Written[^1] == (byte)'\r' ? -1 : rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
        if (end < 0 && begun.Written[^1] != (byte)'\r')
        {
            if (begun.Length + rest.Length > longest)
            {
                return LineResult.TooLong;
            }

            return Keep(rest, end, ref position);
        }

        if (begun.Length + end > longest)
        {
            return LineResult.TooLong;
        }

        if (end >= 0 && rest[end] != (byte)'\r')
        {
            return LineResult.BadEnd;
        }

        if (end + 1 == rest.Length)
        {
            return Keep(rest, end, ref position);
        }

        if (rest[end + 1] != (byte)'\n')
        {
            return LineResult.BadEnd;
        }

        // Where the CR was the last byte that was kept, it goes off again.
        begun.Append(rest[..(end + 2)]);
        position += end + 2;
        line = begun.Written[..^2];
        _isWhole = true;
        return LineResult.Line;
    }
}
