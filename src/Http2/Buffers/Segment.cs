namespace Mesh.Http2.Buffers;

/// <summary>
/// A fixed piece of memory that holds bytes [<see cref="Start"/>, <see cref="End"/>). It has one owner at a time: the
/// pool, or the queue it is linked into.
/// </summary>
internal sealed class Segment
{
    /// <summary>One maximal DATA frame of the default size fits, give or take its header.</summary>
    public const int Size = 16 * 1024;

    /// <summary>Pinned for good, so that handing it to the kernel costs nothing per call.</summary>
    public readonly byte[] Array = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    public int Start;
    public int End;
    public Segment? Next;

    public int Length => End - Start;

    public int Room => Size - End;

    public ReadOnlySpan<byte> Written => new(Array, Start, End - Start);
}
