using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Buffers;

/// <summary>
/// What the sockets of one loop are read into: one block, shared by all connections, since each parses what it got before
/// the next reads. Large pieces of a body need not be copied out of it: whoever keeps them holds the block, and the next
/// read goes into another one. Only the loop's thread may call it.
/// </summary>
/// <param name="upkeep">The loop's.</param>
internal sealed class ReadBlocks(Upkeep? upkeep)
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

    private readonly SegmentStore _store = new(Size, floor: 2, upkeep);
    private Segment? _current;

    /// <summary>Blocks that are held by others, except the current one.</summary>
    public int Lent { get; private set; }

    /// <summary>Bytes of memory in use.</summary>
    public long BytesInUse => _store.BytesInUse;

    /// <summary>Bytes taken from the collector's heap, in use or not.</summary>
    public long BytesTaken => _store.BytesTaken;

    /// <summary>Where the next read may write. The bytes of the last one stay as they are if somebody holds them.</summary>
    public Span<byte> Next()
    {
        if (_current is null)
        {
            _current = _store.Rent();
        }
        else if (_current.Holders > 1)
        {
            _current.Holders--;
            Lent++;
            _current = _store.Rent();
        }

        return _current.Whole;
    }

    /// <summary>
    /// What was just read is still needed while what it says is put into another block, as from a socket: until it is put back,
    /// <see cref="Next"/> gives that one.
    /// </summary>
    public Segment? SetAside()
    {
        var block = _current;
        _current = null;
        return block;
    }

    /// <summary>The block that was set aside is the one that was just read again.</summary>
    public void PutBack(Segment? block)
    {
        if (_current is { Holders: > 1 })
        {
            _current.Holders--;
            Lent++;
        }
        else if (_current is not null)
        {
            _current.Holders--;
            _store.Return(_current);
        }

        _current = block;
    }

    /// <summary>Whether these bytes were just read, are worth sharing, and where they lie.</summary>
    public bool TryFind(ReadOnlySpan<byte> bytes, out Segment memory, out int start)
    {
        memory = _current!;
        start = 0;
        if (bytes.Length is < LeastShared or > Size || Lent >= MostLent || _current is null)
        {
            return false;
        }

        // The block is pinned: its address does not change between the two readings.
        var offset = (nuint)(nint)Unsafe.ByteOffset(ref _current.Array[_current.First], ref MemoryMarshal.GetReference(bytes));
        start = _current.First + (int)offset;
        return offset <= (nuint)(Size - bytes.Length);
    }

    /// <summary>See <see cref="SegmentStore.ReleaseIdle"/>.</summary>
    public void ReleaseIdle() => _store.ReleaseIdle();

    /// <summary>Nobody holds it any more.</summary>
    public void Return(Segment block)
    {
        Lent--;
        _store.Return(block);
    }
}
