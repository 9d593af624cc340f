using System.Buffers.Binary;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Http2.Frames;

/// <summary>Appends whole frames to a connection's output. Knows nothing of windows or states.</summary>
internal static class FrameWriter
{
    /// <summary>What a client says first (RFC 9113 section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static void Data(ByteQueue output, int streamId, ReadOnlySpan<byte> payload, bool endStream)
    {
        Header(output, new FrameHeader(payload.Length, FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, streamId));
        output.Append(payload);
    }

    /// <summary>HEADERS, and CONTINUATION for what does not fit into one frame.</summary>
    public static void Headers(ByteQueue output, int streamId, ReadOnlySpan<byte> block, bool endStream, int maxFrameSize)
    {
        var type = FrameType.Headers;
        var flags = endStream ? FrameFlags.EndStream : FrameFlags.None;
        do
        {
            var n = Math.Min(block.Length, maxFrameSize);
            if (n == block.Length)
            {
                flags |= FrameFlags.EndHeaders;
            }

            Header(output, new FrameHeader(n, type, flags, streamId));
            output.Append(block[..n]);
            block = block[n..];
            type = FrameType.Continuation;
            flags = FrameFlags.None;
        }
        while (!block.IsEmpty);
    }

    public static void RstStream(ByteQueue output, int streamId, ErrorCode code) =>
        UInt32(output, FrameType.RstStream, streamId, (uint)code);

    public static void WindowUpdate(ByteQueue output, int streamId, int increment) =>
        UInt32(output, FrameType.WindowUpdate, streamId, (uint)increment);

    public static void Settings(ByteQueue output, ReadOnlySpan<(SettingId Id, uint Value)> settings)
    {
        Header(output, new FrameHeader(settings.Length * 6, FrameType.Settings, FrameFlags.None, 0));
        foreach (var (id, value) in settings)
        {
            var room = output.Extend(6);
            BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)id);
            BinaryPrimitives.WriteUInt32BigEndian(room[2..], value);
        }
    }

    public static void SettingsAck(ByteQueue output) =>
        Header(output, new FrameHeader(0, FrameType.Settings, FrameFlags.Ack, 0));

    public static void Ping(ByteQueue output, ReadOnlySpan<byte> opaque, bool ack)
    {
        Header(output, new FrameHeader(8, FrameType.Ping, ack ? FrameFlags.Ack : FrameFlags.None, 0));
        output.Append(opaque);
    }

    public static void GoAway(ByteQueue output, int lastStreamId, ErrorCode code, ReadOnlySpan<byte> debug)
    {
        Header(output, new FrameHeader(8 + debug.Length, FrameType.GoAway, FrameFlags.None, 0));
        var room = output.Extend(8);
        BinaryPrimitives.WriteUInt32BigEndian(room, (uint)lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(room[4..], (uint)code);
        output.Append(debug);
    }

    public static void Header(ByteQueue output, in FrameHeader header) => header.Write(output.Extend(FrameHeader.Size));

    private static void UInt32(ByteQueue output, FrameType type, int streamId, uint value)
    {
        Header(output, new FrameHeader(4, type, FrameFlags.None, streamId));
        BinaryPrimitives.WriteUInt32BigEndian(output.Extend(4), value);
    }
}
