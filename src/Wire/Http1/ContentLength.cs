using System.Buffers.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http1;

/// <summary>
/// The value of Content-Length. RFC 9112 section 6.3 lets a recipient take a list whose elements are all valid and equal, as careless
/// senders write it, and make one of them; any other list is a fault.
/// </summary>
internal static class ContentLength
{
    /// <summary>Digits of 2^63 - 1.</summary>
    public const int MostDigits = 19;

    /// <summary>Reads a value; false if it is none, or another than before.</summary>
    /// <param name="value">The field's.</param>
    /// <param name="length">What was read before, or -1; afterwards the length.</param>
    public static bool TryRead(ReadOnlySpan<byte> value, ref long length)
    {
        foreach (var element in new ListElements(value))
        {
            if (!MessageRules.TryReadLength(element, ref length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What a list that was checked says; 0 if nothing.</summary>
    public static long Of(HeaderList headers)
    {
        var length = -1L;
        return headers.TryGet(KnownHeader.ContentLength, out var value) && TryRead(value, ref length) ? length : 0;
    }

    /// <summary>Whether a value that was read is written so already.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> value) => (value[0] != (byte)'0' || value.Length == 1) && value.IndexOf((byte)',') < 0;

    /// <summary>As every reader reads it: one number, without zeros before it.</summary>
    public static ReadOnlySpan<byte> Write(long length, Span<byte> room)
    {
        Utf8Formatter.TryFormat(length, room, out var written);
        return room[..written];
    }
}
