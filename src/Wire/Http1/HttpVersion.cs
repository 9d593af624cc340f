namespace Mesh.Wire.Http1;

/// <summary>Reads a version (RFC 9112 section 2.3). Case matters. Pure.</summary>
internal static class HttpVersion
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 8;

    /// <summary>Null if it is one of HTTP/1; the minor one is 0, or 1 for all above (RFC 9110 section 6.2).</summary>
    public static VersionResult? Read(ReadOnlySpan<byte> text, out int minor)
    {
        minor = 1;
        if (text.SequenceEqual("HTTP/1.1"u8))
        {
            return null;
        }

        if (text.Length != Size || !text.StartsWith("HTTP/"u8) || !IsDigit(text[5]) || text[6] != (byte)'.' || !IsDigit(text[7]))
        {
            return VersionResult.Malformed;
        }

        minor = text[7] == (byte)'0' ? 0 : 1;
        return text[5] == (byte)'1' ? null : VersionResult.NotSupported;
    }

    private static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';
}
