using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http1;

/// <summary>
/// Reads the field lines of one head, or of one section of trailers (RFC 9112 section 5), and counts them as HTTP/2 does: what is taken
/// off counts, too.
/// </summary>
internal struct FieldSection(Http1Limits limits)
{
    private int _size;
    private int _count;
    private int _nameLength;
    private KnownHeader _known;

    /// <summary>A section begins.</summary>
    /// <param name="size">What its start line counts for.</param>
    /// <param name="count">As how many fields.</param>
    public void Begin(int size, int count) => (_size, _count) = (size, count);

    /// <summary>Reads a line; null if it is a field.</summary>
    /// <param name="line">Without its end, not empty.</param>
    /// <param name="list">Gets the name where <see cref="Keep"/> makes a field of it.</param>
    /// <param name="known">The name.</param>
    /// <param name="value">The value, without white space at its ends.</param>
    public Http1Fault? Read(ReadOnlySpan<byte> line, HeaderList list, out KnownHeader known, out ReadOnlySpan<byte> value)
    {
        known = KnownHeader.Unknown;
        value = default;
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            // Section 5.2: a line that begins with white space goes on with the one before it, for those who still read it so.
            return WhiteSpace.Is(line[0]) ? Http1Fault.Folded : colon == 0 ? Http1Fault.BadName : Http1Fault.NoColon;
        }

        list.Reserve(line.Length);
        var name = list.Bytes.AsSpan(list.Used, colon);
        LowerCase.Write(line[..colon], name);
        known = KnownHeaders.Find(name);
        if (known == KnownHeader.Unknown && !MessageRules.IsName(name))
        {
            return WhiteSpace.Is(line[0]) ? Http1Fault.Folded : Http1Fault.BadName;
        }

        value = WhiteSpace.Trim(line[(colon + 1)..]);
        _nameLength = colon;
        _known = known;
        _count++;
        _size += colon + value.Length + HeaderList.FieldOverhead;
        return _size > limits.MaxListSize || _count > limits.MaxFieldCount ? Http1Fault.HeadTooLarge : null;
    }

    /// <summary>Makes a field of the line that was read last.</summary>
    public readonly void Keep(HeaderList list, ReadOnlySpan<byte> value)
    {
        value.CopyTo(list.Bytes.AsSpan(list.Used + _nameLength));
        list.Commit(_nameLength, value.Length, _known, hash: 0, staticIndex: 0, neverIndexed: false);
    }
}
