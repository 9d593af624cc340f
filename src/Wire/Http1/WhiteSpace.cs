namespace Mesh.Wire.Http1;

/// <summary>White space within a line: spaces and tabs (RFC 9110 section 5.6.3). Pure.</summary>
internal static class WhiteSpace
{
    public static bool Is(byte octet) => octet is (byte)' ' or (byte)'\t';

    /// <summary>The same without it at both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var start = 0;
        while (start < text.Length && Is(text[start]))
        {
            start++;
        }

        var end = text.Length;
        while (end > start && Is(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }
}
