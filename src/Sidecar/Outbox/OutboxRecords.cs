using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Mesh.Sidecar.Outbox;

/// <summary>
/// How a record stands in a file: its length and a checksum (CRC-32C over both), 4 bytes each, little endian, and what it holds. Whatever stands
/// between two that are sound is damage, and is passed over. Pure.
/// </summary>
internal static class OutboxRecords
{
    public const int HeadBytes = 8;

    /// <summary>Of what one record holds: a message of the largest size, with its address.</summary>
    public const int LongestContent = 2 * 1024 * 1024;

    /// <summary>Appends a record.</summary>
    public static void Write(MemoryStream file, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], ChecksumOf(content));
        file.Write(head);
        file.Write(content);
    }

    /// <summary>Finds the next record that is sound.</summary>
    /// <param name="file">All there is of the file.</param>
    /// <param name="from">Where to look; behind the record afterwards, or at the end.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="passedOver">Bytes before it that belong to no sound record.</param>
    /// <returns>False if there is none any more.</returns>
    public static bool TryNext(ReadOnlySpan<byte> file, ref int from, out ReadOnlySpan<byte> content, out int passedOver)
    {
        for (var at = from; at + HeadBytes <= file.Length; at++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
            if (length is <= 0 or > LongestContent || length > file.Length - at - HeadBytes)
            {
                continue;
            }

            content = file.Slice(at + HeadBytes, length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]) == ChecksumOf(content))
            {
                passedOver = at - from;
                from = at + HeadBytes + length;
                return true;
            }
        }

        content = default;
        passedOver = file.Length - from;
        from = file.Length;
        return false;
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> content)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (uint)content.Length);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(content))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in content[(content.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}
