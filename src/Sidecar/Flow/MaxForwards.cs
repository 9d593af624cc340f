using System.Buffers.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>How many more may pass a TRACE or an OPTIONS on (RFC 9110 section 7.6.2): each takes one off.</summary>
internal static class MaxForwards
{
    private const int MostDigits = 10;

    /// <summary>Counts us off; false if nobody may pass it on any more: then it is for us to answer.</summary>
    public static bool TryPass(HeaderList request)
    {
        var index = request.IndexOf(KnownHeader.MaxForwards);
        if (index < 0 || !IsMeant(request))
        {
            return true;
        }

        var value = request.ValueAt(index);
        if (!Utf8Parser.TryParse(value, out uint left, out var used) || used != value.Length)
        {
            return true; // it says nothing
        }

        if (left == 0)
        {
            return false;
        }

        Span<byte> digits = stackalloc byte[MostDigits];
        Utf8Formatter.TryFormat(left - 1, digits, out var length);
        request.SetValue(index, digits[..length]);
        return true;
    }

    private static bool IsMeant(HeaderList request) =>
        request.TryGet(KnownHeader.Method, out var method) && (method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("TRACE"u8));
}
