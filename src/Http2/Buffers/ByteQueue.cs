namespace Mesh.Http2.Buffers;

/// <summary>
/// Bytes on their way out, first in, first out, in segments of the loop's pool. Empty, it holds no memory. Only the
/// loop's thread may call it.
/// </summary>
public sealed class ByteQueue(SegmentPool pool)
{
    private Segment? _head;
    private Segment? _tail;

    /// <summary>How many bytes wait.</summary>
    public int Length { get; private set; }

    /// <summary>The first bytes that lie together; empty only if the queue is.</summary>
    public ReadOnlySpan<byte> First => _head is null ? default : _head.Written;

    internal Segment? Head => _head;

    /// <summary>Copies bytes to the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tail = _tail;
            if (tail is null || tail.Room == 0)
            {
                tail = Grow();
            }

            var n = Math.Min(tail.Room, bytes.Length);
            bytes[..n].CopyTo(tail.Array.AsSpan(tail.End));
            tail.End += n;
            Length += n;
            bytes = bytes[n..];
        }
    }

    /// <summary>Room for <paramref name="count"/> bytes that lie together, now part of the queue; the caller fills it.</summary>
    /// <param name="count">1 to the size of a segment, 16 KiB.</param>
    public Span<byte> Take(int count)
    {
        var tail = _tail;
        if (tail is null || tail.Room < count)
        {
            tail = Grow();
        }

        var room = tail.Array.AsSpan(tail.End, count);
        tail.End += count;
        Length += count;
        return room;
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

    private Segment Grow()
    {
        var segment = pool.Rent();
        if (_tail is null)
        {
            _head = segment;
        }
        else
        {
            _tail.Next = segment;
        }

        _tail = segment;
        return segment;
    }
}
