using System.Buffers;
using System.Text;

namespace Mesh;

/// <summary>A DNS label in small letters, which is what services are named by (RFC 1035 section 2.3.1; digits first: RFC 1123 section 2.1).</summary>
public static class DnsLabel
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 63;

    private static readonly SearchValues<byte> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    /// <summary>1 to 63 of [a-z0-9-], beginning and ending with a letter or digit.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text) =>
        text.Length is >= 1 and <= MaxLength && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(Characters);

    /// <inheritdoc cref="IsValid(ReadOnlySpan{byte})"/>
    public static bool IsValid(string text)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        return Ascii.FromUtf16(text, bytes, out var length) == OperationStatus.Done && IsValid(bytes[..length]);
    }
}
