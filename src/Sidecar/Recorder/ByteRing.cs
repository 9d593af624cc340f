using System.Buffers.Binary;

namespace Mesh.Sidecar.Recorder;

/// <summary>
/// The last records of any length that find room in so many bytes, allocated once: a new one takes the place of the oldest. One thread.
/// </summary>
internal sealed class ByteRing(int capacity)
{
    private const int Prefix = sizeof(int);

    // Pages that nothing was written to take no memory.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private int _first;
    private int _used;

    /// <summary>Records that are kept.</summary>
    public int Count { get; private set; }

    /// <summary>A copy of the record is the newest from now on.</summary>
    /// <returns>Whether there is room for one of its length at all.</returns>
    public bool Add(ReadOnlySpan<byte> record)
    {
        var wanted = Prefix + record.Length;
        if (wanted > _bytes.Length)
        {
            return false;
        }

        while (_bytes.Length - _used < wanted)
        {
            DropOldest();
        }

        Span<byte> length = stackalloc byte[Prefix];
        BinaryPrimitives.WriteInt32LittleEndian(length, record.Length);
        Append(length);
        Append(record);
        Count++;
        return true;
    }

    /// <summary>A copy of all records, the oldest first, each behind its length in four bytes.</summary>
    public byte[] Copy()
    {
        var copy = GC.AllocateUninitializedArray<byte>(_used);
        Read(_first, copy);
        return copy;
    }

    /// <summary>The records of a copy, the newest first. Any thread.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> RecordsOf(ReadOnlyMemory<byte> copy)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        while (!copy.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(copy.Span);
            records.Add(copy.Slice(Prefix, length));
            copy = copy[(Prefix + length)..];
        }

        records.Reverse();
        return records;
    }

    private void DropOldest()
    {
        Span<byte> length = stackalloc byte[Prefix];
        Read(_first, length);
        var size = Prefix + BinaryPrimitives.ReadInt32LittleEndian(length);
        _first = (_first + size) % _bytes.Length;
        _used -= size;
        Count--;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var at = (_first + _used) % _bytes.Length;
        var before = Math.Min(bytes.Length, _bytes.Length - at);
        bytes[..before].CopyTo(_bytes.AsSpan(at));
        bytes[before..].CopyTo(_bytes);
        _used += bytes.Length;
    }

    private void Read(int at, Span<byte> into)
    {
        var before = Math.Min(into.Length, _bytes.Length - at);
        _bytes.AsSpan(at, before).CopyTo(into);
        _bytes.AsSpan(0, into.Length - before).CopyTo(into[before..]);
    }
}
