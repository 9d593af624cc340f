using System.Buffers;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>
/// The bytes of a page that is being written, in blocks: a large one is neither copied while it grows nor put where the collector
/// seldom looks, and what has been sent of it can go. One writer.
/// </summary>
internal sealed class PageBuffer : IBufferWriter<byte>
{
    private const int BlockSize = 16 * 1024;

    private Block? _first;
    private Block? _last;

    /// <summary>What has been written. Nothing may be written after it.</summary>
    public ReadOnlySequence<byte> Written => _first is null ? default : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Used);

    public void Advance(int count) => _last!.Used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_last is null || _last.Room.Length < Math.Max(sizeHint, 1))
        {
            _last = new Block(Math.Max(sizeHint, BlockSize), _last);
            _first ??= _last;
        }

        return _last.Room;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        private readonly byte[] _bytes;

        public Block(int size, Block? before)
        {
            _bytes = new byte[size];
            if (before is not null)
            {
                before.Memory = before._bytes.AsMemory(0, before.Used);
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Used;
            }

            Memory = _bytes;
        }

        public int Used { get; set; }

        public Memory<byte> Room => _bytes.AsMemory(Used);
    }
}
