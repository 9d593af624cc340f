using System.Text;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// A status message is a trailer, percent-encoded: what is not ASCII takes three bytes for each of its own. Clients bound the
/// trailers of an answer, the C core at 8 KiB, and report an answer with longer ones as RESOURCE_EXHAUSTED, whatever it was.
/// </summary>
internal static class StatusText
{
    /// <summary>Encoded, in bytes. Leaves room for other trailers.</summary>
    public const int MaxEncoded = 6000;

    private const string Cut = "...";

    /// <summary>The text, cut where it would be longer than that.</summary>
    public static string Fit(string text)
    {
        if (text.Length * 9L <= MaxEncoded)
        {
            return text;
        }

        var (encoded, read, room) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            encoded += EncodedLength(rune);
            if (encoded > MaxEncoded)
            {
                return text[..room] + Cut;
            }

            read += rune.Utf16SequenceLength;
            if (encoded <= MaxEncoded - Cut.Length)
            {
                room = read;
            }
        }

        return text;
    }

    /// <summary>Of the text in a trailer, in bytes.</summary>
    public static int EncodedLength(string text) => text.EnumerateRunes().Sum(EncodedLength);

    private static int EncodedLength(Rune rune) => rune.Value is >= ' ' and <= '~' and not '%' ? 1 : rune.Utf8SequenceLength * 3;
}
