using Mesh.Wire.Buffers;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Wire.Tests.Buffers;

/// <summary>How near the process is to the end of its memory, and what loops do about it.</summary>
public sealed class MemoryBudgetTests
{
    private const long Percent = 1_000_000;

    private long _heap;

    [Theory]
    [InlineData(0, MemoryPressure.None)]
    [InlineData(69, MemoryPressure.None)]
    [InlineData(70, MemoryPressure.Shrink)]
    [InlineData(80, MemoryPressure.Refuse)]
    [InlineData(90, MemoryPressure.Spent)]
    [InlineData(150, MemoryPressure.Spent)]
    public void Pressure_is_what_is_used_of_the_limit(int percent, MemoryPressure pressure)
    {
        _heap = percent * Percent;
        var memory = Budget();
        Assert.Equal(pressure, memory.Look());
        Assert.Equal((pressure, _heap), (memory.Pressure, memory.Used));
    }

    [Fact]
    public void A_step_ends_five_points_below_where_it_begins_and_each_change_is_told()
    {
        var changes = 0;
        var memory = Budget();
        memory.Changed = () => changes++;
        Assert.Equal(MemoryPressure.Spent, At(memory, 91));
        Assert.Equal(MemoryPressure.Spent, At(memory, 86));
        Assert.Equal(MemoryPressure.Refuse, At(memory, 84));
        Assert.Equal(MemoryPressure.Refuse, At(memory, 76));
        Assert.Equal(MemoryPressure.Shrink, At(memory, 66));
        Assert.Equal(MemoryPressure.None, At(memory, 64));
        Assert.Equal(MemoryPressure.None, At(memory, 69));
        Assert.Equal(5, changes); // among them that the heap is no longer full
        Assert.Equal(MemoryPressure.Spent, memory.TakeWorst());
        Assert.Equal(MemoryPressure.None, memory.TakeWorst());
    }

    [Fact]
    public void What_a_loop_keeps_for_reuse_is_free_and_yet_fills_the_heap_until_it_is_let_go_of()
    {
        var loop = new MemoryLoop(new FakeTimeProvider());
        var memory = Budget();
        loop.Segments.Memory = memory;
        var queue = new ByteQueue(loop.Segments);
        queue.Append(new byte[40 * Percent]);
        var held = loop.Segments.BytesInUse;
        _heap = held + (45 * Percent);
        Assert.Equal(MemoryPressure.Refuse, memory.Look());

        queue.Clear();
        Assert.Equal(MemoryPressure.None, memory.Look());
        Assert.True(memory.IsFull);
        loop.Segments.ReleaseIdle();
        Assert.InRange(loop.Segments.BytesIdle, 0, held / 10);

        // What was let go of is not given out again: it would be in use without having been taken.
        queue.Append(new byte[10 * Percent]);
        Assert.InRange(loop.Segments.BytesIdle, 0, held / 10);
        queue.Clear();
        Assert.Equal(0, loop.Segments.InUse);
    }

    [Fact]
    public void A_loop_lends_less_as_long_as_memory_is_short()
    {
        var clock = new FakeTimeProvider();
        var loop = new MemoryLoop(clock);
        loop.Segments.Memory = Budget();
        loop.Turn();
        Assert.False(loop.Segments.IsTight);
        _heap = 75 * Percent;
        loop.Segments.Memory.Look();
        loop.Turn();
        Assert.True(loop.Segments.IsTight);
        Advance();
        Assert.True(loop.Segments.IsTight);
        _heap = 10 * Percent;
        Advance();
        Advance();
        Assert.False(loop.Segments.IsTight);

        void Advance()
        {
            clock.Advance(Upkeep.Period + TimeSpan.FromSeconds(1));
            loop.Turn();
            loop.Turn();
        }
    }

    [Fact]
    public void What_is_told_of_a_fault_may_itself_find_no_memory()
    {
        var loop = new MemoryLoop(new FakeTimeProvider()) { Fault = _ => throw new InvalidOperationException() };
        var went = false;
        loop.Post(() => throw new InvalidOperationException());
        loop.Post(() => went = true);
        loop.Turn();
        Assert.True(went);
        Assert.Equal(1, loop.Faults);
    }

    private MemoryBudget Budget() => new(100 * Percent, () => _heap);

    private MemoryPressure At(MemoryBudget memory, int percent)
    {
        _heap = percent * Percent;
        return memory.Look();
    }
}
