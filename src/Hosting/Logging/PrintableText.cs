using System.Globalization;
using System.Text;

namespace Mesh.Hosting;

/// <summary>
/// Text of elsewhere in a line for people: it cannot begin another line, steer a terminal or turn what stands beside it
/// around.
/// </summary>
public static class PrintableText
{
    /// <summary>Line ends as spaces; other controls, separators of lines and marks of writing direction as <c>\u001b</c>.</summary>
    public static string OneLine(string text)
    {
        if (!text.Any(IsHarmful))
        {
            return text;
        }

        var line = new StringBuilder(text.Length + 16);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            _ = IsHarmful(c) ? line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : line.Append(c);
        }

        return line.ToString();
    }

    private static bool IsHarmful(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
