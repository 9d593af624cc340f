namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// Regular expressions that mean the same to .NET, RE2 and JavaScript. Others are not sent: one that does not compile is rejected by some clients, and ends the
/// process of another. Of what .NET has read already, so that it is well-formed.
/// </summary>
internal static class PatternSubset
{
    private const string Plain = "/_-.,:;=@%~!\"'<>#&` *+?|^$)";

    // Counted repeats are left out: RE2 refuses those above 1,000.
    private const string Escaped = "/.*+?|()[]{}^$\\-";

    public static bool Holds(string pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    if (!IsEscape(pattern, ref i))
                    {
                        return false;
                    }

                    break;
                case '[':
                    if (!IsClass(pattern, ref i))
                    {
                        return false;
                    }

                    break;
                case '(':
                    if (i + 1 < pattern.Length && pattern[i + 1] == '?' && !pattern.AsSpan(i).StartsWith("(?:"))
                    {
                        return false;
                    }

                    break;
                case var other when !char.IsAsciiLetterOrDigit(other) && !Plain.Contains(other):
                    return false;
            }
        }

        return true;
    }

    private static bool IsEscape(string pattern, ref int at) => ++at < pattern.Length && Escaped.Contains(pattern[at]);

    // Letters, digits, ranges of them and a few others: what is first, or nested, means something else to each.
    private static bool IsClass(string pattern, ref int at)
    {
        var begin = at + 1 < pattern.Length && pattern[at + 1] == '^' ? at + 2 : at + 1;
        var end = pattern.IndexOf(']', begin);
        if (end <= begin)
        {
            return false;
        }

        at = end;
        var inner = pattern.AsSpan(begin, end - begin);
        return inner[0] != '-' && inner.IndexOfAnyExceptInRange('\0', '\x7f') < 0 && IndexOfOdd(inner) < 0;
    }

    private static int IndexOfOdd(ReadOnlySpan<char> inner)
    {
        for (var i = 0; i < inner.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(inner[i]) && inner[i] is not ('-' or '_' or '.' or '/'))
            {
                return i;
            }
        }

        return -1;
    }
}
