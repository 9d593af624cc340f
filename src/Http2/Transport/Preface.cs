using Mesh.Http2.Frames;

namespace Mesh.Http2.Transport;

/// <summary>What the first bytes of a connection are the beginning of.</summary>
internal enum FirstBytes
{
    /// <summary>Nothing else, or not enough to tell.</summary>
    Unknown,
    Http1,
    Tls,
}

/// <summary>What the first bytes of a connection say of its protocol.</summary>
internal static class Preface
{
    /// <summary>HTTP/2's preface begins with "PRI ", which is no method of HTTP/1.1 (RFC 9113 section 3.4).</summary>
    private const int Decisive = 4;

    /// <summary>So many bytes are looked at; a first line that is longer still is a long path's.</summary>
    public const int Longest = 1024;

    /// <summary>The types of TLS's records that come first (RFC 8446 section 5.1).</summary>
    private const byte TlsAlert = 21;

    private const byte TlsHandshake = 22;

    /// <summary>
    /// Whether it is for a connection of HTTP/2, or else for whoever serves HTTP/1.x; null as long as more bytes are needed.
    /// Only a request line goes to the latter. Whatever else comes (TLS, an invalid preface) is HTTP/2's, which says and
    /// counts what it is.
    /// </summary>
    public static bool? IsHttp2(ReadOnlySpan<byte> first)
    {
        if (FrameWriter.Preface[..Decisive].StartsWith(first[..Math.Min(first.Length, Decisive)]))
        {
            return first.Length >= Decisive ? true : null;
        }

        // Empty lines before the first request are to be ignored (RFC 9112 section 2.2).
        var text = first.TrimStart("\r\n"u8);
        if (text.IsEmpty)
        {
            return null;
        }

        if (!char.IsAsciiLetterUpper((char)text[0]))
        {
            return true; // a method is a token, and all that there are begin with a capital
        }

        var end = text.IndexOf((byte)'\n');
        if (end >= 0)
        {
            return text[..end].IndexOf(" HTTP/1."u8) < 0;
        }

        return first.Length >= Longest ? false : null;
    }

    /// <summary>What a client speaks whose first bytes are not HTTP/2's preface.</summary>
    public static FirstBytes Classify(ReadOnlySpan<byte> first)
    {
        if (first[0] == TlsHandshake)
        {
            return FirstBytes.Tls;
        }

        // Every method in use begins with three capitals (RFC 9110 section 9); so does "PRI ", after which it is neither.
        var method = first[..Math.Min(first.Length, Decisive - 1)];
        return !first.StartsWith(FrameWriter.Preface[..Decisive]) && !method.ContainsAnyExceptInRange((byte)'A', (byte)'Z')
            ? FirstBytes.Http1
            : FirstBytes.Unknown;
    }

    /// <summary>Whether a server answers our preface as one of HTTP/1.x does.</summary>
    public static bool IsHttp1Answer(ReadOnlySpan<byte> first) => first.StartsWith("HTTP/"u8);

    /// <summary>Whether a server answers our preface as one of TLS does: an alert of any version.</summary>
    public static bool IsTlsAlert(ReadOnlySpan<byte> first) => first.Length >= 2 && first[0] == TlsAlert && first[1] == 3;
}
