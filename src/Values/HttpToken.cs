namespace Mesh;

/// <summary>A token of HTTP (RFC 9110 section 5.6.2), as methods and the names of fields are.</summary>
public static class HttpToken
{
    /// <summary>Whether it is one.</summary>
    public static bool IsValid(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
