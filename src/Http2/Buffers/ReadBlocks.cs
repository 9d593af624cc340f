using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Http2.Buffers;

/// <summary>
/// What the sockets of one loop are read into: one block, shared by all connections, since each parses what it got before
/// the next reads. Large pieces of a body need not be copied out of it: whoever keeps them holds the block, and the next
/// read goes into another one. Only the loop's thread may call it.
/// </summary>
internal sealed class ReadBlocks
{
    /// <summary>64 KiB: a read empties what a socket usually holds, so that no second read is needed to learn that it is empty.</summary>
    public const int Size = 64 * 1024;

    /// <summary>A smaller piece is copied sooner than it is linked in, and would hold a whole block for little.</summary>
    public const int LeastShared = 2048;

    /// <summary>
    /// Blocks that others may hold: 4 MiB a loop, whatever small part of a block a slow stream needs. Beyond it everything is
    /// copied, and takes no more than its own length.
    /// </summary>
    public const int MostLent = 64;

    private Segment _current = New();
    private Segment? _free;

    /// <summary>Blocks that are held by others, except the current one.</summary>
    public int Lent { get; private set; }

    /// <summary>Where the next read may write. The bytes of the last one stay as they are if somebody holds them.</summary>
    public byte[] Next()
    {
        if (_current.Holders > 1)
        {
            _current.Holders--;
            Lent++;
            _current = _free ?? New();
            _free = _current.Next;
            _current.Next = null;
            _current.Holders = 1;
        }

        return _current.Array;
    }

    /// <summary>Whether these bytes were just read, are worth sharing, and where they lie.</summary>
    public bool TryFind(ReadOnlySpan<byte> bytes, out Segment memory, out int start)
    {
        memory = _current;
        start = 0;
        if (bytes.Length is < LeastShared or > Size || Lent >= MostLent)
        {
            return false;
        }

        // The block is pinned: its address does not change between the two readings.
        var offset = (nuint)(nint)Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(_current.Array), ref MemoryMarshal.GetReference(bytes));
        start = (int)offset;
        return offset <= (nuint)(Size - bytes.Length);
    }

    /// <summary>Nobody holds it any more.</summary>
    public void Return(Segment block)
    {
        Lent--;
        block.Next = _free;
        _free = block;
    }

    private static Segment New() => new(Size) { Holders = 1 };
}
