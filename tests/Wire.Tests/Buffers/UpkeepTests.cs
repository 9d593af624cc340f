using Mesh.Wire.Buffers;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Wire.Tests.Buffers;

public sealed class UpkeepTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly MemoryLoop _loop;
    private int _freed;

    public UpkeepTests()
    {
        _loop = new MemoryLoop(_clock);
        _loop.Upkeep.Freed = objects => _freed += objects;
    }

    [Fact]
    public void What_a_burst_needed_is_let_go_of_after_a_period_in_which_nobody_did()
    {
        var pool = new Pool<object>(() => new object(), floor: 10, _loop.Upkeep);
        Burst(pool, 1000);
        Advance(TimeSpan.FromSeconds(10.1)); // the period of the burst
        Assert.Equal(0, _freed);
        Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(990, _freed);
        Assert.Equal(-1, _loop.Timers.MillisecondsUntilNext(_loop.Now));
    }

    [Fact]
    public void What_comes_and_goes_is_kept()
    {
        var made = 0;
        var pool = new Pool<object>(
            () =>
            {
                made++;
                return new object();
            },
            floor: 10,
            _loop.Upkeep);
        for (var i = 0; i < 10; i++)
        {
            Burst(pool, 100);
            Advance(TimeSpan.FromSeconds(7));
        }

        Assert.Equal(100, made);
    }

    [Fact]
    public void What_is_in_use_is_not_counted_twice()
    {
        var pool = new Pool<object>(() => new object(), floor: 0, _loop.Upkeep);
        var held = pool.Rent();
        Burst(pool, 50);
        Advance(TimeSpan.FromSeconds(21));
        Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(50, _freed);
        pool.Return(held);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void A_pool_that_keeps_no_more_than_at_rest_wakes_nobody()
    {
        var pool = new Pool<object>(() => new object(), floor: 10, _loop.Upkeep);
        Burst(pool, 10);
        Assert.Equal(-1, _loop.Timers.MillisecondsUntilNext(_loop.Now));
    }

    [Fact]
    public void Memory_of_segments_goes_back_to_the_system_and_they_are_used_again()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int bytes = 64 * 1024 * 1024;
        var queue = new ByteQueue(_loop.Segments);
        Fill(queue, bytes, 1);
        var full = Resident();
        queue.Clear();
        for (var i = 0; i < 200 && _loop.Timers.MillisecondsUntilNext(_loop.Now) >= 0; i++)
        {
            Advance(TimeSpan.FromSeconds(10.1));
        }

        Assert.InRange(full - Resident(), bytes * 0.8, double.MaxValue); // what other tests give back meanwhile counts as well
        Fill(queue, bytes, 2); // whatever the pages hold now
        var copy = new byte[bytes];
        queue.CopyTo(0, copy);
        Assert.Equal(-1, copy.AsSpan().IndexOfAnyExcept((byte)2));
        queue.Clear();
        Assert.Equal(0, _loop.Segments.InUse);
    }

    [Fact]
    public void Segments_that_are_rented_while_the_others_go_keep_what_is_in_them()
    {
        var queue = new ByteQueue(_loop.Segments);
        Fill(queue, 16 * 1024 * 1024, 1);
        queue.Clear();
        Advance(TimeSpan.FromSeconds(10.1));
        Advance(TimeSpan.FromSeconds(10.1)); // the first of them are gone
        Fill(queue, 8 * 1024 * 1024, 3);
        for (var i = 0; i < 100; i++)
        {
            Advance(TimeSpan.FromMilliseconds(11));
        }

        var copy = new byte[queue.Length];
        queue.CopyTo(0, copy);
        Assert.Equal(-1, copy.AsSpan().IndexOfAnyExcept((byte)3));
    }

    private static void Burst(Pool<object> pool, int count)
    {
        var rented = Enumerable.Range(0, count).Select(_ => pool.Rent()).ToArray();
        Array.ForEach(rented, pool.Return);
    }

    private static void Fill(ByteQueue queue, int bytes, byte value)
    {
        var piece = new byte[1024];
        piece.AsSpan().Fill(value);
        for (var i = 0; i < bytes; i += piece.Length)
        {
            queue.Append(piece);
        }
    }

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private void Advance(TimeSpan time)
    {
        _clock.Advance(time);
        _loop.Turn();
    }
}
