using System.Numerics;
using System.Runtime.InteropServices;

namespace Mesh.Messaging.Messages;

/// <summary>CRC-32C (Castagnoli), which finds every flip of up to three bits in what we keep, and for which processors have an instruction.</summary>
internal struct Checksum()
{
    private uint _crc = uint.MaxValue;

    public readonly uint Value => ~_crc;

    public void Add(long number) => _crc = BitOperations.Crc32C(_crc, (ulong)number);

    /// <summary>With its length, so that two texts are told from one.</summary>
    public void Add(string? text)
    {
        Add(text is null ? -1L : text.Length);
        if (text is not null)
        {
            Add(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            _crc = BitOperations.Crc32C(_crc, word);
        }

        foreach (var rest in bytes[(bytes.Length & ~7)..])
        {
            _crc = BitOperations.Crc32C(_crc, rest);
        }
    }
}
