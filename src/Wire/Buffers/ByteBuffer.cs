namespace Mesh.Wire.Buffers;

/// <summary>
/// A growable flat byte buffer that is filled at its end, emptied whole and used again. It has one owner at a time and no locks.
/// Nothing is allocated before the first byte is asked for.
/// </summary>
public sealed class ByteBuffer
{
    /// <summary>What <see cref="Trim"/> lets a buffer keep, in bytes.</summary>
    public const int KeptCapacity = 8 * 1024;

    private const int FirstCapacity = 512;

    /// <summary>Makes a buffer with room for <paramref name="capacity"/> bytes; 0 waits for the first use.</summary>
    public ByteBuffer(int capacity = 0) => Array = capacity == 0 ? [] : new byte[capacity];

    /// <summary>The storage; the bytes from 0 to <see cref="Length"/> are written. Replaced when it grows: do not keep it.</summary>
    public byte[] Array { get; private set; }

    /// <summary>How many bytes are written.</summary>
    public int Length { get; private set; }

    /// <summary>The written bytes, valid until the next call that writes.</summary>
    public Span<byte> Written => Array.AsSpan(0, Length);

    /// <summary>At least <paramref name="count"/> bytes of room behind the written ones; <see cref="Advance"/> makes them count.</summary>
    public Span<byte> Reserve(int count)
    {
        if (Array.Length - Length < count)
        {
            Grow(count);
        }

        return Array.AsSpan(Length);
    }

    /// <summary>Counts bytes that were put into the span of <see cref="Reserve"/> as written.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(Array.Length - Length), nameof(count));
        Length += count;
    }

    /// <summary>Writes a copy of <paramref name="bytes"/> at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what is written and keeps the storage.</summary>
    public void Clear() => Length = 0;

    /// <summary>Gives back storage above <see cref="KeptCapacity"/> unless what is written needs it.</summary>
    public void Trim()
    {
        if (Array.Length > KeptCapacity && Length <= KeptCapacity)
        {
            Array = Length == 0 ? [] : Array.AsSpan(0, Length).ToArray();
        }
    }

    private void Grow(int count)
    {
        var wanted = Math.Max(Math.Max((long)Length + count, 2L * Array.Length), FirstCapacity);
        var grown = new byte[Math.Min(wanted, System.Array.MaxLength)];
        Written.CopyTo(grown);
        Array = grown;
    }
}
