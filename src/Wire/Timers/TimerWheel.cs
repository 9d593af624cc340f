namespace Mesh.Wire.Timers;

/// <summary>
/// The timers of one event loop: a hierarchical wheel (Varghese and Lauck 1987) of four levels, 64 slots each, the
/// finest of 1 ms, the whole of 4.6 hours. Scheduling and cancelling cost the same however many timers wait. A timer
/// never fires early; it fires up to 1 ms late plus the loop's own delay. Only the loop's thread may call it.
/// </summary>
public sealed class TimerWheel
{
    private const int Levels = 4;
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const long Span = 1L << (Levels * SlotBits);

    private readonly LoopTimer[] _heads = new LoopTimer[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly LoopTimer _expired = new();
    private long _now;

    /// <param name="now">The loop's time, in ticks of 100 ns.</param>
    public TimerWheel(long now)
    {
        _now = now / TimeSpan.TicksPerMillisecond;
        for (var i = 0; i < _heads.Length; i++)
        {
            _heads[i] = new LoopTimer();
        }
    }

    /// <summary>Lets a timer fire at <paramref name="due"/>, instead of when it was to fire before.</summary>
    /// <param name="timer">A timer of this loop.</param>
    /// <param name="due">The loop's time in ticks of 100 ns; what is past fires in this turn or the next.</param>
    public void Schedule(LoopTimer timer, long due)
    {
        timer.Cancel();
        // Rounded up: a timer must not fire early.
        var milliseconds = (due / TimeSpan.TicksPerMillisecond) + (due % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
        timer.Due = Math.Max(milliseconds, _now + 1);
        Insert(timer);
    }

    /// <summary>Fires what is due at <paramref name="now"/>.</summary>
    public void Advance(long now)
    {
        FireExpired(); // those behind one that threw
        var target = now / TimeSpan.TicksPerMillisecond;
        while (_now < target)
        {
            // Straight to the next slot that holds something: after a long sleep most are empty.
            var next = NextOccupied();
            if (next > target)
            {
                _now = target;
                return;
            }

            _now = next;
            Cascade();
            Expire();
        }
    }

    /// <summary>Milliseconds from <paramref name="now"/> until <see cref="Advance"/> is worth calling; -1 if nothing waits.</summary>
    public int MillisecondsUntilNext(long now)
    {
        var next = NextOccupied();
        if (next == long.MaxValue)
        {
            return -1;
        }

        var ticks = (next * TimeSpan.TicksPerMillisecond) - now;
        return ticks <= 0 ? 0 : (int)Math.Min((ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue);
    }

    private void Insert(LoopTimer timer)
    {
        // Beyond the span it goes as far out as there is, and is put in its place when that comes round.
        var due = Math.Min(timer.Due, _now + Span - 1);
        // The highest bit in which due and now differ tells the level on which they are in different slots.
        var differing = (ulong)(due ^ _now);
        var level = differing == 0 ? 0 : Math.Min(Levels - 1, (63 - System.Numerics.BitOperations.LeadingZeroCount(differing)) / SlotBits);
        var slot = (int)(due >> (level * SlotBits)) & (Slots - 1);
        timer.LinkBefore(_heads[(level * Slots) + slot]);
        _occupied[level] |= 1UL << slot;
    }

    /// <summary>The beginning of the first slot after now that may hold a timer.</summary>
    private long NextOccupied()
    {
        var best = long.MaxValue;
        for (var level = 0; level < Levels; level++)
        {
            var occupied = _occupied[level];
            if (occupied == 0)
            {
                continue;
            }

            var shift = level * SlotBits;
            var position = (int)(_now >> shift) & (Slots - 1);
            // Slots after the current one first, then those that come round with the next turn of this level.
            var rotated = System.Numerics.BitOperations.RotateRight(occupied, (position + 1) & (Slots - 1));
            var distance = System.Numerics.BitOperations.TrailingZeroCount(rotated) + 1;
            var start = ((_now >> shift) + distance) << shift;
            best = Math.Min(best, start);
        }

        return best;
    }

    /// <summary>Where a coarser slot begins now, its timers move to finer ones.</summary>
    private void Cascade()
    {
        for (var level = Levels - 1; level > 0; level--)
        {
            var shift = level * SlotBits;
            if ((_now & ((1L << shift) - 1)) != 0)
            {
                continue;
            }

            var slot = (int)(_now >> shift) & (Slots - 1);
            if ((_occupied[level] & (1UL << slot)) == 0)
            {
                continue;
            }

            _occupied[level] &= ~(1UL << slot);
            MoveTo(_expired, _heads[(level * Slots) + slot]);
            while (_expired.IsScheduled)
            {
                var timer = _expired.Next;
                timer.Cancel();
                Insert(timer);
            }
        }
    }

    private void Expire()
    {
        var slot = (int)_now & (Slots - 1);
        if ((_occupied[0] & (1UL << slot)) == 0)
        {
            return;
        }

        _occupied[0] &= ~(1UL << slot);
        // Through a list of their own: a target may schedule into this slot or cancel a neighbour.
        MoveTo(_expired, _heads[slot]);
        FireExpired();
    }

    private void FireExpired()
    {
        while (_expired.IsScheduled)
        {
            var timer = _expired.Next;
            timer.Cancel();
            timer.Fire();
        }
    }

    private static void MoveTo(LoopTimer destination, LoopTimer source)
    {
        while (source.IsScheduled)
        {
            var timer = source.Next;
            timer.Cancel();
            timer.LinkBefore(destination);
        }
    }
}
