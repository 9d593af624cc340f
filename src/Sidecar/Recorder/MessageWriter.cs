using System.Text;
using System.Text.Unicode;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Recorder;

/// <summary>
/// Writes a message of Protocol Buffers by hand into a buffer that is used again: on the path of calls the generated classes would
/// allocate. What is empty or 0 is left out. One thread.
/// </summary>
internal sealed class MessageWriter
{
    /// <summary>Of a text; what callers make up has no end.</summary>
    private const int MostOfText = 512;

    // The length of a message within one is known at its end only: a varint may have more octets than it needs.
    private const int LengthOctets = 3;
    private const int Delimited = 2;
    private const int Fixed64 = 1;

    private readonly ByteBuffer _bytes = new(capacity: 4096);

    /// <summary>What is written. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _bytes.Written;

    public void Clear() => _bytes.Clear();

    public void Number(int field, long value)
    {
        if (value != 0)
        {
            Varint((ulong)(field << 3));
            Varint((ulong)value);
        }
    }

    public void Flag(int field, bool value) => Number(field, value ? 1 : 0);

    public void Double(int field, double value)
    {
        if (value != 0)
        {
            Varint((ulong)((field << 3) | Fixed64));
            BitConverter.TryWriteBytes(_bytes.Reserve(sizeof(double)), value);
            _bytes.Advance(sizeof(double));
        }
    }

    /// <summary>What the mesh says itself; cut where it is long.</summary>
    public void Text(int field, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Varint((ulong)((field << 3) | Delimited));
            var mark = Reserve();
            Utf8.FromUtf16(value, _bytes.Reserve(MostOfText)[..MostOfText], out _, out var written);
            _bytes.Advance(written);
            SetLength(mark);
        }
    }

    /// <summary>What the mesh says itself, in UTF-8.</summary>
    public void Utf8Text(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            Varint((ulong)((field << 3) | Delimited));
            var mark = Reserve();
            _bytes.Append(Whole(value));
            SetLength(mark);
        }
    }

    /// <summary>What a peer has written, which may be anything: all but printable ASCII becomes a question mark.</summary>
    public void PeersText(int field, ReadOnlySpan<byte> value, ReadOnlySpan<byte> more = default)
    {
        if (!value.IsEmpty || !more.IsEmpty)
        {
            Varint((ulong)((field << 3) | Delimited));
            var mark = Reserve();
            Printable(value);
            Printable(more);
            SetLength(mark);
        }
    }

    /// <summary>What is written from here to <see cref="End"/> is a message within this one.</summary>
    public int Begin(int field)
    {
        Varint((ulong)((field << 3) | Delimited));
        return Reserve();
    }

    public void End(int mark) => SetLength(mark);

    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> text)
    {
        if (text.Length <= MostOfText)
        {
            return text;
        }

        var length = MostOfText;
        while (length > 0 && (text[length] & 0xC0) == 0x80)
        {
            length--; // not within a character
        }

        return text[..length];
    }

    private void Printable(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, MostOfText)];
        var room = _bytes.Reserve(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            room[i] = text[i] is >= 0x20 and < 0x7f ? text[i] : (byte)'?';
        }

        _bytes.Advance(text.Length);
    }

    private int Reserve()
    {
        _bytes.Reserve(LengthOctets);
        _bytes.Advance(LengthOctets);
        return _bytes.Length;
    }

    private void SetLength(int mark)
    {
        var length = _bytes.Length - mark;
        var at = _bytes.Written[(mark - LengthOctets)..];
        at[0] = (byte)(length | 0x80);
        at[1] = (byte)((length >> 7) | 0x80);
        at[2] = (byte)(length >> 14);
    }

    private void Varint(ulong value)
    {
        var room = _bytes.Reserve(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[count++] = (byte)(value | 0x80);
        }

        room[count++] = (byte)value;
        _bytes.Advance(count);
    }
}
