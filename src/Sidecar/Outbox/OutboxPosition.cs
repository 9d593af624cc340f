using System.Buffers.Binary;
using System.Numerics;

namespace Mesh.Sidecar.Outbox;

/// <summary>Up to where everything was delivered.</summary>
/// <param name="Segment">The file's number.</param>
/// <param name="Offset">In it.</param>
internal readonly record struct OutboxPosition(long Segment, int Offset)
{
    public const int Bytes = 16;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Segment);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Checksum);
    }

    /// <returns>The beginning, if it cannot be read: what was delivered is delivered again then, and known by its id.</returns>
    public static OutboxPosition Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
        {
            return default;
        }

        var position = new OutboxPosition(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
        return position.Offset >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) == position.Checksum ? position : default;
    }

    private uint Checksum => ~BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)Segment), (uint)Offset);
}
