namespace Mesh.Messaging.Events;

/// <summary>Types of events: a type, or one with <c>*</c> in the place of a part, or <c>&gt;</c> at the end for one part or more.</summary>
public static class TypePattern
{
    /// <summary>In characters, of types and patterns.</summary>
    public const int MaxLength = 256;

    /// <summary>Whether it stands for one type only.</summary>
    public static bool IsExact(string pattern) => !pattern.AsSpan().ContainsAny('*', '>');

    /// <returns>Null if it is a type that events can have; else what is wrong with it, in words that follow its name.</returns>
    public static string? WhyNoType(string type) =>
        WhyNot(type) ?? (IsExact(type) ? null : "is a pattern: a type has no '*' and no '>'");

    /// <returns>Null if it is a pattern; else what is wrong with it, in words that follow its name.</returns>
    public static string? WhyNot(string pattern)
    {
        if (pattern.Length is 0 or > MaxLength)
        {
            return $"has {pattern.Length} characters: 1 to {MaxLength} are allowed";
        }

        var parts = pattern.Split('.');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (part.Length == 0)
            {
                return "has an empty part between its dots";
            }

            if (part == "*" || (part == ">" && i == parts.Length - 1))
            {
                continue;
            }

            if (part == ">")
            {
                return "has '>' before its end: it stands for all parts that follow";
            }

            foreach (var character in part)
            {
                if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '/' or ':'))
                {
                    return $"has '{part}' between its dots: letters, digits, '-', '_', '/' and ':' are allowed, or '*' for the whole part";
                }
            }
        }

        return null;
    }

    /// <summary>Whether a valid pattern stands for a type, too.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> type)
    {
        while (true)
        {
            if (pattern is ">")
            {
                return true;
            }

            var (part, morePattern) = Cut(pattern, out var restOfPattern);
            var (word, moreType) = Cut(type, out var restOfType);
            if (part is not "*" && !part.SequenceEqual(word))
            {
                return false;
            }

            if (!morePattern || !moreType)
            {
                return morePattern == moreType;
            }

            pattern = restOfPattern;
            type = restOfType;
        }
    }

    private static Piece Cut(ReadOnlySpan<char> text, out ReadOnlySpan<char> rest)
    {
        var dot = text.IndexOf('.');
        rest = dot < 0 ? default : text[(dot + 1)..];
        return new Piece(dot < 0 ? text : text[..dot], dot >= 0);
    }

    private readonly ref struct Piece(ReadOnlySpan<char> text, bool isMore)
    {
        private readonly ReadOnlySpan<char> _text = text;

        public void Deconstruct(out ReadOnlySpan<char> text, out bool more)
        {
            text = _text;
            more = isMore;
        }
    }
}
