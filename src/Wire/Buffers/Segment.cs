namespace Mesh.Wire.Buffers;

/// <summary>
/// The bytes [<see cref="Start"/>, <see cref="End"/>) of a pinned piece of memory: of its own, or, as a slice, of another
/// segment's. It has one owner at a time, the pool or the queue it is linked into; its memory is free again when it and
/// all slices of it have gone back to the pool.
/// </summary>
internal sealed class Segment
{
    /// <summary>One maximal DATA frame of the default size fits, give or take its header.</summary>
    public const int Size = 16 * 1024;

    /// <summary>A segment with memory of its own.</summary>
    /// <param name="pinned">Where it lies.</param>
    /// <param name="first">From there.</param>
    /// <param name="size">So much of it.</param>
    public Segment(byte[] pinned, int first, int size)
    {
        Array = pinned;
        Start = End = First = first;
        Limit = first + size;
        Memory = this;
    }

    /// <summary>A slice of nothing yet.</summary>
    public Segment()
    {
        Array = [];
        Memory = this;
    }

    public byte[] Array;

    /// <summary>Where its memory begins, and where it ends; a slice's is that of the segment it is a slice of.</summary>
    public int First;
    public int Limit;
    public int Start;
    public int End;
    public Segment? Next;

    /// <summary>Whose memory it is: itself, or the segment this is a slice of.</summary>
    public Segment Memory;

    /// <summary>Who needs the memory: each slice, and the segment itself while it is in use.</summary>
    public int Holders;

    public int Length => End - Start;

    public int Room => Limit - End;

    /// <summary>All of its memory, whatever is written.</summary>
    public Span<byte> Whole => new(Array, First, Limit - First);

    public ReadOnlySpan<byte> Written => new(Array, Start, End - Start);
}
