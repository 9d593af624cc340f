using CsCheck;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Tests.Buffers;

public sealed class ByteQueueTests
{
    [Fact]
    public void It_is_first_in_first_out_and_gives_back_what_it_has_emptied() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 40_000]).Array[1, 60].Sample(steps =>
        {
            var pool = new SegmentPool();
            var queue = new ByteQueue(pool);
            var model = new Queue<byte>();
            byte next = 0;
            foreach (var (kind, n) in steps)
            {
                switch (kind)
                {
                    case 0 or 1:
                        var bytes = Enumerable.Range(0, n).Select(_ => next++).ToArray();
                        queue.Append(bytes);
                        Array.ForEach(bytes, model.Enqueue);
                        break;
                    case 2:
                        foreach (ref var b in queue.Extend(Math.Min(n, 16 * 1024)))
                        {
                            b = next++;
                            model.Enqueue(b);
                        }

                        break;
                    case 3:
                        var count = Math.Min(n, queue.Length);
                        queue.Consume(count);
                        for (var i = 0; i < count; i++)
                        {
                            model.Dequeue();
                        }

                        break;
                    default:
                        var offset = Math.Min(n, queue.Length);
                        var copy = new byte[5000];
                        var copied = queue.CopyTo(offset, copy);
                        Assert.Equal(model.Skip(offset).Take(5000), copy.Take(copied));
                        break;
                }

                Assert.Equal(model.Count, queue.Length);
                Assert.Equal(queue.Length == 0, queue.First.IsEmpty);
                Assert.InRange(pool.InUse, (queue.Length + (16 * 1024) - 1) / (16 * 1024), (queue.Length / 8) + 2);
            }

            var all = new byte[queue.Length];
            Assert.Equal(all.Length, queue.CopyTo(0, all));
            Assert.Equal(model, all);
            queue.Clear();
            Assert.Equal(0, pool.InUse);
        }, iter: 40);

    [Fact]
    public void A_segment_is_used_again()
    {
        var pool = new SegmentPool();
        var queue = new ByteQueue(pool);
        queue.Append(new byte[1]);
        queue.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            queue.Append("abc"u8);
            queue.Consume(3);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_pool_keeps_only_so_much_after_a_burst()
    {
        var pool = new SegmentPool();
        var queue = new ByteQueue(pool);
        queue.Append(new byte[300 * 16 * 1024]);
        Assert.Equal(300, pool.InUse);
        queue.Clear();
        Assert.Equal(0, pool.InUse);
        queue.Append(new byte[10]);
        Assert.Equal(1, pool.InUse);
    }

    [Fact]
    public void Large_pieces_of_what_was_just_read_are_held_and_small_ones_copied() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 59_000], Gen.Int[1, 6_000]).Array[1, 80].Sample(steps =>
        {
            var pool = new SegmentPool();
            ByteQueue[] queues = [new(pool), new(pool)];
            Queue<byte>[] models = [new(), new()];
            byte next = 0;
            foreach (var (kind, start, n) in steps)
            {
                switch (kind)
                {
                    case 0 or 1:
                        // Overwrites whatever the block held before: nobody else may still need it.
                        var block = pool.Reads.Next();
                        for (var i = 0; i < n; i++)
                        {
                            block[start + i] = next++;
                        }

                        queues[kind].Append(block.Slice(start, n));
                        queues[1 - kind].Append(block.Slice(start, n));
                        models[0].EnqueueAll(block.Slice(start, n));
                        models[1].EnqueueAll(block.Slice(start, n));
                        break;
                    case 2:
                        var header = queues[0].Extend(9);
                        header.Fill(next);
                        models[0].EnqueueAll(header);
                        break;
                    case 3:
                        var count = Math.Min(n, queues[1].Length);
                        queues[0].MoveFrom(queues[1], count);
                        for (var i = 0; i < count; i++)
                        {
                            models[0].Enqueue(models[1].Dequeue());
                        }

                        break;
                    default:
                        var taken = Math.Min(start, queues[0].Length);
                        var copy = new byte[taken];
                        queues[0].CopyTo(0, copy);
                        queues[0].Consume(taken);
                        Assert.Equal(Enumerable.Range(0, taken).Select(_ => models[0].Dequeue()), copy);
                        break;
                }

                Assert.Equal(models[0].Count, queues[0].Length);
                Assert.Equal(models[1].Count, queues[1].Length);
                Assert.InRange(pool.Reads.Lent, 0, ReadBlocks.MostLent);
            }

            for (var i = 0; i < 2; i++)
            {
                var all = new byte[queues[i].Length];
                queues[i].CopyTo(0, all);
                Assert.Equal(models[i], all);
                queues[i].Clear();
            }

            _ = pool.Reads.Next();
            Assert.Equal((0, 0), (pool.InUse, pool.Reads.Lent));
        }, iter: 60);

    [Fact]
    public void What_others_hold_of_blocks_is_bounded()
    {
        var pool = new SegmentPool();
        var queue = new ByteQueue(pool);
        for (var i = 0; i < 3 * ReadBlocks.MostLent; i++)
        {
            queue.Append(pool.Reads.Next()[..ReadBlocks.LeastShared]);
        }

        Assert.Equal(ReadBlocks.MostLent, pool.Reads.Lent);
        Assert.Equal(3 * ReadBlocks.MostLent * ReadBlocks.LeastShared, queue.Length);
        queue.Clear();
        Assert.Equal((0, 0), (pool.InUse, pool.Reads.Lent));
    }

    [Fact]
    public void Headers_between_large_pieces_share_a_segment_and_nothing_is_allocated()
    {
        var pool = new SegmentPool();
        var queue = new ByteQueue(pool);
        Turn();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Turn();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Turn()
        {
            var block = pool.Reads.Next();
            for (var i = 0; i < 8; i++)
            {
                queue.Extend(9).Clear();
                queue.Append(block.Slice(i * 8000, 8000));
            }

            for (var segment = queue.Head; segment is not null; segment = segment.Next)
            {
                Assert.True(segment.Written.Overlaps(block) || ReferenceEquals(segment.Memory, queue.Head!.Memory));
            }

            queue.Clear();
        }
    }
}

file static class Queues
{
    public static void EnqueueAll(this Queue<byte> queue, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            queue.Enqueue(b);
        }
    }
}
