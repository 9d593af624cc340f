using System.Buffers.Binary;
using System.Text;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Conformance.Peer;

/// <summary>Frames by hand, right or wrong. Shares nothing with the engine's writer but the names of things.</summary>
internal static class Frames
{
    public static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    public static readonly byte[] SettingsAck = Raw(4, 0x1, 0, []);

    public static byte[] Raw(int type, int flags, uint streamId, byte[] payload) => Raw(type, flags, streamId, payload, payload.Length);

    /// <summary>A frame whose header says another length than there is.</summary>
    public static byte[] Raw(int type, int flags, uint streamId, byte[] payload, int length)
    {
        var bytes = new byte[9 + payload.Length];
        bytes[0] = (byte)(length >> 16);
        bytes[1] = (byte)(length >> 8);
        bytes[2] = (byte)length;
        bytes[3] = (byte)type;
        bytes[4] = (byte)flags;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), streamId);
        payload.CopyTo(bytes, 9);
        return bytes;
    }

    public static byte[] Data(uint id, string text, bool end = false) => Data(id, Encoding.ASCII.GetBytes(text), end);

    public static byte[] Data(uint id, int length, bool end = false) => Data(id, new byte[length], end);

    public static byte[] Data(uint id, byte[] data, bool end = false) => Raw(0, end ? 1 : 0, id, data);

    public static byte[] PaddedData(uint id, string text, int padding, bool end = false) =>
        Raw(0, end ? 9 : 8, id, [(byte)padding, .. Encoding.ASCII.GetBytes(text), .. new byte[padding]]);

    /// <summary>HEADERS with END_HEADERS.</summary>
    public static byte[] Headers(uint id, byte[] block, bool end = false) => Raw(1, end ? 5 : 4, id, block);

    /// <summary>HEADERS that CONTINUATION follows.</summary>
    public static byte[] OpenHeaders(uint id, byte[] block, bool end = false) => Raw(1, end ? 1 : 0, id, block);

    public static byte[] Continuation(uint id, byte[] block, bool last) => Raw(9, last ? 4 : 0, id, block);

    public static byte[] Get(uint id) => Headers(id, HeaderBlock.Get, end: true);

    public static byte[] Post(uint id) => Headers(id, HeaderBlock.Post);

    public static byte[] Ok(uint id, bool end = false) => Headers(id, HeaderBlock.Ok, end);

    public static byte[] Trailers(uint id, params string[] lines) => Headers(id, HeaderBlock.Of(lines), end: true);

    public static byte[] Priority(uint id, uint dependsOn) => Raw(2, 0, id, [.. UInt32(dependsOn), 16]);

    public static byte[] RstStream(uint id, ErrorCode code) => Raw(3, 0, id, UInt32((uint)code));

    public static byte[] Settings(params (int Id, uint Value)[] settings) =>
        Raw(4, 0, 0, [.. settings.SelectMany(s => (byte[])[(byte)(s.Id >> 8), (byte)s.Id, .. UInt32(s.Value)])]);

    public static byte[] Setting(SettingId id, uint value) => Settings(((int)id, value));

    public static byte[] PushPromise(uint id, uint promised) => Raw(5, 4, id, [.. UInt32(promised), .. HeaderBlock.Get]);

    public static byte[] Ping(ulong opaque = 0, bool ack = false) =>
        Raw(6, ack ? 1 : 0, 0, [.. UInt32((uint)(opaque >> 32)), .. UInt32((uint)opaque)]);

    public static byte[] GoAway(uint last, ErrorCode code) => Raw(7, 0, 0, [.. UInt32(last), .. UInt32((uint)code)]);

    public static byte[] WindowUpdate(uint id, uint increment) => Raw(8, 0, id, UInt32(increment));

    public static byte[] UInt32(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
