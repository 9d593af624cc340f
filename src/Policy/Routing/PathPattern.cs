using System.Buffers;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Mesh.Policy.Routing;

/// <summary>
/// A regular expression that a whole path has to match, without back references and looking around: its time is linear in the path's
/// length, whoever writes the path. Immutable, any thread; allocates nothing for paths it has seen the like of.
/// </summary>
public sealed class PathPattern
{
    /// <summary>In characters.</summary>
    public const int MostLength = 1024;

    private const int OnStack = 512;

    private readonly Regex _whole;

    private PathPattern(Regex whole) => _whole = whole;

    /// <summary>Makes one.</summary>
    /// <param name="pattern">As .NET writes them.</param>
    /// <param name="made">Null on failure.</param>
    /// <param name="why">What is wrong with it, in words that go after it; empty on success.</param>
    public static bool TryMake(string pattern, out PathPattern? made, out string why)
    {
        made = TryMakeRegex(pattern, out var regex, out why) ? new PathPattern(regex!) : null;
        return made is not null;
    }

    /// <summary>The same as .NET has it, matching the whole.</summary>
    internal static bool TryMakeRegex(string pattern, out Regex? made, out string why)
    {
        made = null;
        if (pattern.Length > MostLength)
        {
            why = $"has {pattern.Length} characters; at most {MostLength}, so split it into several routes";
            return false;
        }

        try
        {
            // By itself first: parentheses that are not its own would lend it some, and places in it are counted from its own beginning.
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            made = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            why = "";
            return true;
        }
        catch (RegexParseException e)
        {
            why = $"is no regular expression, at character {e.Offset + 1}: {Words(e.Error)}";
        }
        catch (NotSupportedException e)
        {
            // Of one that is too large the message has the number of nodes, or is its own key where messages are left out.
            why = e.Message.Contains("nodes", StringComparison.Ordinal) || e.Message.Contains("UnsafeSize", StringComparison.Ordinal)
                ? "is too large once its repetitions are written out; make the counts smaller"
                : "looks around or back, which could take for ever; write it without (?=, (?!, (?<=, (?>, \\G and \\1";
        }

        return false;
    }

    /// <summary>Whether all of a path matches.</summary>
    /// <param name="path">In UTF-8; what is none never matches a letter.</param>
    public bool IsMatch(ReadOnlySpan<byte> path)
    {
        if (path.Length <= OnStack)
        {
            Span<char> text = stackalloc char[OnStack];
            return IsMatch(path, text);
        }

        var rented = ArrayPool<char>.Shared.Rent(path.Length);
        var isMatch = IsMatch(path, rented);
        ArrayPool<char>.Shared.Return(rented);
        return isMatch;
    }

    private bool IsMatch(ReadOnlySpan<byte> path, Span<char> room)
    {
        Utf8.ToUtf16(path, room, out _, out var length);
        return _whole.IsMatch(room[..length]);
    }

    private static string Words(RegexParseError error)
    {
        var words = string.Concat(error.ToString().Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));
        return words.TrimStart();
    }
}
