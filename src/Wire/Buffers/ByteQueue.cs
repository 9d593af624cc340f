namespace Mesh.Wire.Buffers;

/// <summary>
/// Bytes on their way out, first in, first out, in segments of the loop's pool. Large pieces of what the loop has just
/// read are not copied but held where they lie (<see cref="ReadBlocks"/>). Empty, it holds no memory. Only the loop's thread
/// may call it.
/// </summary>
public sealed class ByteQueue(SegmentPool pool)
{
    private Segment? _head;
    private Segment? _tail;

    /// <summary>The segment behind whose end there is room to write: the last, or the last but for those that are held for others.</summary>
    private Segment? _writable;

    /// <summary>How many bytes wait.</summary>
    public int Length { get; private set; }

    /// <summary>The first bytes that lie together; empty only if the queue is.</summary>
    public ReadOnlySpan<byte> First => _head is null ? default : _head.Written;

    internal Segment? Head => _head;

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= ReadBlocks.LeastShared && pool.Reads.TryFind(bytes, out var block, out var start))
        {
            Link(pool.Slice(block, start, start + bytes.Length));
            Length += bytes.Length;
            return;
        }

        while (!bytes.IsEmpty)
        {
            var tail = Writable(1);
            var n = Math.Min(tail.Room, bytes.Length);
            bytes[..n].CopyTo(tail.Array.AsSpan(tail.End));
            tail.End += n;
            Length += n;
            bytes = bytes[n..];
        }
    }

    /// <summary>Takes the first bytes off another queue of this pool; large pieces are not copied.</summary>
    /// <param name="source">Holds at least as many.</param>
    /// <param name="count">0 or more.</param>
    public void MoveFrom(ByteQueue source, int count)
    {
        while (count > 0)
        {
            var head = source._head!;
            var n = Math.Min(head.Length, count);
            if (n >= ReadBlocks.LeastShared)
            {
                Link(pool.Slice(head.Memory, head.Start, head.Start + n));
                Length += n;
            }
            else
            {
                Append(head.Written[..n]);
            }

            source.Consume(n);
            count -= n;
        }
    }

    /// <summary>Room for <paramref name="count"/> bytes that lie together, now part of the queue; the caller fills it.</summary>
    /// <param name="count">1 to the size of a segment, 16 KiB.</param>
    public Span<byte> Extend(int count)
    {
        var tail = Writable(count);
        var room = tail.Array.AsSpan(tail.End, count);
        tail.End += count;
        Length += count;
        return room;
    }

    /// <summary>At least <paramref name="count"/> bytes of room that lie together behind the end; <see cref="Advance"/> makes them part of the queue.</summary>
    /// <param name="count">1 to the size of a segment, 16 KiB.</param>
    internal Span<byte> Reserve(int count)
    {
        var tail = Writable(count);
        return tail.Array.AsSpan(tail.End, tail.Room);
    }

    /// <summary>The first bytes of what <see cref="Reserve"/> has just given are written.</summary>
    internal void Advance(int count)
    {
        _writable!.End += count;
        Length += count;
    }

    /// <summary>Drops the first <paramref name="count"/> bytes and gives back the segments they were in.</summary>
    public void Consume(int count)
    {
        Length -= count;
        while (count > 0)
        {
            var head = _head!;
            var n = Math.Min(head.Length, count);
            head.Start += n;
            count -= n;
            if (head.Length == 0)
            {
                _head = head.Next;
                if (_head is null)
                {
                    _tail = null;
                }

                if (ReferenceEquals(head, _writable))
                {
                    _writable = null;
                }

                pool.Return(head);
            }
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear() => Consume(Length);

    /// <summary>Copies up to the length of <paramref name="destination"/> bytes from <paramref name="offset"/> on; they stay.</summary>
    public int CopyTo(int offset, Span<byte> destination)
    {
        var copied = 0;
        for (var segment = _head; segment is not null && copied < destination.Length; segment = segment.Next)
        {
            var written = segment.Written;
            if (offset >= written.Length)
            {
                offset -= written.Length;
                continue;
            }

            var n = Math.Min(written.Length - offset, destination.Length - copied);
            written.Slice(offset, n).CopyTo(destination[copied..]);
            copied += n;
            offset = 0;
        }

        return copied;
    }

    /// <summary>The last segment, with room for so many bytes that lie together.</summary>
    private Segment Writable(int count)
    {
        var writable = _writable;
        if (writable is null || writable.Room < count)
        {
            writable = pool.Rent();
        }
        else if (ReferenceEquals(writable, _tail))
        {
            return writable;
        }
        else
        {
            // Behind what is held for others it goes on in the memory in which it stopped: a frame's header takes 9 bytes, not
            // a segment.
            writable = pool.Slice(writable.Memory, writable.End, writable.End);
        }

        Link(writable);
        _writable = writable;
        return writable;
    }

    private void Link(Segment segment)
    {
        if (_tail is null)
        {
            _head = segment;
        }
        else
        {
            _tail.Next = segment;
        }

        _tail = segment;
    }
}
