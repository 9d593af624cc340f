using System.Buffers;
using System.Globalization;

namespace Mesh.Resources.Yaml;

/// <summary>What plain text means (YAML 1.2 core schema, section 10.3.2; JSON's words and numbers are part of it).</summary>
internal static class CoreSchema
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> OctalDigits = SearchValues.Create("01234567");
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789+-.eE");

    public static bool IsNull(YamlScalar scalar) => scalar.IsPlain && IsNull(scalar.Text);

    /// <summary>Whether plain text is something other than a string.</summary>
    public static bool IsTyped(string text) => IsNull(text) || IsBoolean(text) || IsNumber(text);

    /// <summary>For messages: what a scalar is.</summary>
    public static string KindOf(YamlScalar scalar) => scalar switch
    {
        { IsPlain: false } => "a string",
        { Text: var text } when IsNull(text) => "null",
        { Text: var text } when IsBoolean(text) => "a boolean",
        { Text: var text } when IsNumber(text) => "a number",
        _ => "a string",
    };

    private static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    private static bool IsBoolean(string text)
        => text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    private static bool IsNumber(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            return text.Length > 2 && text.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0;
        }

        if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            return text.Length > 2 && text.AsSpan(2).IndexOfAnyExcept(OctalDigits) < 0;
        }

        if (text.TrimStart('-', '+').ToUpperInvariant() is ".INF" or ".NAN")
        {
            return true;
        }

        const NumberStyles style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return text.AsSpan().IndexOfAnyExcept(NumberCharacters) < 0
            && double.TryParse(text, style, CultureInfo.InvariantCulture, out _);
    }
}
