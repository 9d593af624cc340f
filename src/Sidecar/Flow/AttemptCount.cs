using System.Buffers.Text;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// How often a call was tried, as messages have it: "1 attempt", "1 attempt and 2 that were not processed", "3 attempts, none
/// of them processed". What provably was not processed does not count as an attempt of the policy's. Written without an allocation.
/// </summary>
internal ref struct AttemptCount
{
    /// <summary>The longest there is, with room.</summary>
    public const int MostBytes = 80;

    private readonly Span<byte> _into;
    private int _length;

    private AttemptCount(Span<byte> into) => _into = into;

    /// <param name="all">Attempts made.</param>
    /// <param name="notProcessed">Those of them that no server has looked at.</param>
    /// <param name="into">Room for <see cref="MostBytes"/>.</param>
    public static ReadOnlySpan<byte> Write(int all, int notProcessed, Span<byte> into)
    {
        var text = new AttemptCount(into);
        var counted = all - notProcessed;
        var first = counted > 0 ? counted : all;
        text.Add(first);
        text.Add(first == 1 ? " attempt"u8 : " attempts"u8);
        if (counted == 0 && all > 1)
        {
            text.Add(", none of them processed"u8);
        }
        else if (counted > 0 && notProcessed > 0)
        {
            text.Add(" and "u8);
            text.Add(notProcessed);
            text.Add(notProcessed == 1 ? " that was not processed"u8 : " that were not processed"u8);
        }

        return into[..text._length];
    }

    private void Add(int number)
    {
        Utf8Formatter.TryFormat(number, _into[_length..], out var written);
        _length += written;
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_into[_length..]);
        _length += text.Length;
    }
}
