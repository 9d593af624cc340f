using System.Buffers.Binary;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Wire.Transport;

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

    private const int SettingSize = 6;

    /// <summary>Of a GOAWAY without debug data.</summary>
    private const int GoAwaySize = 8;

    /// <summary>The types of TLS's records that come first (RFC 8446 section 5.1).</summary>
    private const byte TlsAlert = 21;

    private const byte TlsHandshake = 22;

    /// <summary>Whether a client begins a handshake of TLS.</summary>
    public static bool IsTls(ReadOnlySpan<byte> first) => first[0] == TlsHandshake;

    /// <summary>What a client speaks whose first bytes are not HTTP/2's preface.</summary>
    public static FirstBytes Classify(ReadOnlySpan<byte> first)
    {
        if (IsTls(first))
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

    /// <summary>Whether a server begins as one of HTTP/2 does, whatever it was asked in: with SETTINGS (RFC 9113 section 3.4).</summary>
    public static bool IsHttp2Answer(ReadOnlySpan<byte> first) =>
        first.Length >= FrameHeader.Size
        && (((first[0] << 16) | (first[1] << 8) | first[2]) % SettingSize) == 0
        && first[3] == (byte)FrameType.Settings
        && !first[4..FrameHeader.Size].ContainsAnyExcept((byte)0);

    /// <summary>Whether a server of HTTP/1.1 alone says so in the frame that it has learnt for it: GOAWAY with HTTP_1_1_REQUIRED, and no SETTINGS before.</summary>
    public static bool IsHttp1Required(ReadOnlySpan<byte> first) =>
        first.Length >= FrameHeader.Size + GoAwaySize
        && first[3] == (byte)FrameType.GoAway
        && !first[4..FrameHeader.Size].ContainsAnyExcept((byte)0)
        && BinaryPrimitives.ReadUInt32BigEndian(first[(FrameHeader.Size + sizeof(int))..]) == (uint)ErrorCode.Http11Required;

    /// <summary>Whether a server answers our preface as one of TLS does: an alert of any version.</summary>
    public static bool IsTlsAlert(ReadOnlySpan<byte> first) => first.Length >= 2 && first[0] == TlsAlert && first[1] == 3;
}
