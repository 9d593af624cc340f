using Mesh.Http2.Frames;

namespace Mesh.Http2.Transport;

/// <summary>What the first bytes of a connection say of its protocol.</summary>
internal static class Preface
{
    /// <summary>
    /// So many bytes decide: HTTP/2's preface begins with "PRI ", which is no method of HTTP/1.1 (RFC 9113 section 3.4).
    /// </summary>
    public const int Decisive = 4;

    /// <summary>Whether it may be, or is, HTTP/2; null as long as more bytes are needed.</summary>
    public static bool? IsHttp2(ReadOnlySpan<byte> first)
    {
        var expected = FrameWriter.Preface[..Decisive];
        if (!expected.StartsWith(first[..Math.Min(first.Length, Decisive)]))
        {
            return false;
        }

        return first.Length >= Decisive ? true : null;
    }
}
