using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Frames;

/// <summary>The nine octets before every frame (RFC 9113 section 4.1).</summary>
/// <param name="Length">Of the payload, 0 to 2^24 - 1.</param>
/// <param name="Type">May be one we do not know.</param>
/// <param name="Flags">May hold bits we do not know.</param>
/// <param name="StreamId">Without the reserved bit.</param>
public readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, int StreamId)
{
    /// <summary>In bytes.</summary>
    public const int Size = 9;

    /// <summary>Whether the flag is set; what it means is for the type to say.</summary>
    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <param name="bytes">At least <see cref="Size"/>.</param>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return new FrameHeader(
            (int)(first >> 8),
            (FrameType)(byte)first,
            (FrameFlags)bytes[4],
            (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & 0x7fff_ffff));
    }

    /// <param name="destination">At least <see cref="Size"/>.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ((uint)Length << 8) | (byte)Type);
        destination[4] = (byte)Flags;
        BinaryPrimitives.WriteUInt32BigEndian(destination[5..], (uint)StreamId);
    }
}
