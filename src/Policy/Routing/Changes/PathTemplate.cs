using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Policy.Routing.Changes;

/// <summary>
/// A path made of one that a pattern matches: text, with <c>$1</c> or <c>${name}</c> for what a group of the pattern has matched and <c>$$</c> for
/// a dollar. In time linear in the path's length. Immutable, any thread; allocates for each path, as nothing else of a route does.
/// </summary>
public sealed class PathTemplate
{
    /// <summary>Groups that it may name: each may be as long as the path.</summary>
    public const int MostGroups = 16;

    // Of a character of UTF-16.
    private const int MostBytesOfChar = 3;

    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private readonly Regex _pattern;
    private readonly List<(byte[] Text, int Group)> _parts;
    private readonly int _textBytes;

    private PathTemplate(Regex pattern, List<(byte[] Text, int Group)> parts)
    {
        _pattern = pattern;
        _parts = parts;
        _textBytes = parts.Sum(part => part.Text.Length);
    }

    /// <summary>Makes one.</summary>
    /// <param name="text">The path to be.</param>
    /// <param name="pattern">As <see cref="PathPattern"/> takes it.</param>
    /// <param name="made">Null on failure.</param>
    /// <param name="why">What is wrong with it, in words that go after it; empty on success.</param>
    public static bool TryMake(string text, string pattern, out PathTemplate? made, out string why)
    {
        made = null;
        if (!PathPattern.TryMakeRegex(pattern, out var regex, out why))
        {
            return false;
        }

        var parts = new List<(byte[], int)>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$')
            {
                literal.Append(text[i]);
                continue;
            }

            if (i + 1 < text.Length && text[i + 1] == '$')
            {
                literal.Append('$');
                i++;
                continue;
            }

            if (NameAt(text, i + 1, out var end) is not { } name)
            {
                why = "has a '$' that names no group; write $1 or ${name}, and $$ for a dollar";
                return false;
            }

            var group = regex!.GroupNumberFromName(name);
            if (group < 0)
            {
                why = $"names group '{name}', which path_regex has not; its groups are {string.Join(", ", regex.GetGroupNames())}";
                return false;
            }

            parts.Add((Utf8.GetBytes(literal.ToString()), group));
            literal.Clear();
            i = end - 1;
        }

        if (parts.Count > MostGroups)
        {
            why = $"names {parts.Count} groups; at most {MostGroups}";
            return false;
        }

        parts.Add((Utf8.GetBytes(literal.ToString()), -1));
        made = new PathTemplate(regex!, parts);
        return true;
    }

    /// <summary>As many bytes as <see cref="Write"/> may write for a path.</summary>
    public int MostBytes(ReadOnlySpan<byte> path) => _textBytes + path.Length + ((_parts.Count - 1) * MostBytesOfChar * path.Length);

    /// <summary>Writes the path that comes of one; itself if it does not match.</summary>
    /// <param name="path">Without a query.</param>
    /// <param name="into">For <see cref="MostBytes"/>.</param>
    /// <returns>How many bytes it has.</returns>
    public int Write(ReadOnlySpan<byte> path, Span<byte> into)
    {
        var match = _pattern.Match(Utf8.GetString(path));
        if (!match.Success)
        {
            path.CopyTo(into);
            return path.Length;
        }

        var length = 0;
        foreach (var (text, group) in _parts)
        {
            text.CopyTo(into[length..]);
            length += text.Length;
            if (group >= 0)
            {
                length += Utf8.GetBytes(match.Groups[group].ValueSpan, into[length..]);
            }
        }

        // Two slashes at the beginning are another host to who reads it as a reference (RFC 3986 section 4.2).
        var extra = into[..length].IndexOfAnyExcept((byte)'/') is var first && first < 0 ? length - 1 : first - 1;
        if (extra <= 0)
        {
            return length;
        }

        into[extra..length].CopyTo(into);
        return length - extra;
    }

    private static string? NameAt(string text, int from, out int end)
    {
        end = from;
        if (from < text.Length && text[from] == '{')
        {
            var close = text.IndexOf('}', from);
            end = close + 1;
            return close > from + 1 ? text[(from + 1)..close] : null;
        }

        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end > from ? text[from..end] : null;
    }
}
