using CsCheck;
using Mesh.Http2.Buffers;

namespace Mesh.Http2.Tests.Buffers;

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
                        foreach (ref var b in queue.Take(Math.Min(n, 16 * 1024)))
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
}
