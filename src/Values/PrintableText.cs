using System.Globalization;
using System.Text;

namespace Mesh;

/// <summary>
/// Makes text that came from outside fit for a line on a terminal or in a log: it stays one line, and neither moves the cursor
/// nor turns what stands beside it around. Every program prints what others sent through this.
/// </summary>
public static class PrintableText
{
    /// <summary>The text with each character that is not for printing replaced: white space by a space, any other by '?'.</summary>
    /// <param name="text">Whatever somebody sent.</param>
    /// <param name="longest">In UTF-16 units; what is longer is cut, and ends in "...".</param>
    public static string Of(string text, int longest = int.MaxValue)
    {
        var shown = text.Length <= longest ? text : text[..longest];
        if (shown.Length == text.Length && shown.All(character => !char.IsSurrogate(character) && IsPrintable(new Rune(character))))
        {
            return text;
        }

        var result = new StringBuilder(shown.Length + 3);
        // A lone surrogate comes out as U+FFFD.
        foreach (var rune in shown.EnumerateRunes())
        {
            _ = IsPrintable(rune) ? result.Append(rune) : result.Append(Rune.IsWhiteSpace(rune) ? ' ' : '?');
        }

        return shown.Length == text.Length ? result.ToString() : result.Append("...").ToString();
    }

    /// <summary>
    /// The same for strings of JSON and YAML, where nothing may be lost: each such character as its escape, <c>\u202E</c>.
    /// </summary>
    /// <param name="text">Without line ends, or they are escaped as well.</param>
    public static string Escaped(string text)
    {
        // All of them are within the first plane of Unicode.
        if (text.All(character => char.IsSurrogate(character) || IsPrintable(new Rune(character))))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 32);
        foreach (var character in text)
        {
            _ = char.IsSurrogate(character) || IsPrintable(new Rune(character))
                ? result.Append(character)
                : result.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
        }

        return result.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Format => !IsDirection(rune.Value),
        _ => true,
    };

    // Unicode's Bidi_Control (UAX #9): other format characters, such as the joiner in emoji, do no harm.
    private static bool IsDirection(int value) => value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
