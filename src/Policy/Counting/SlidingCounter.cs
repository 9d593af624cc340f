namespace Mesh.Policy.Counting;

/// <summary>
/// Two counts over the last ten slots of time (the current, unfinished one included). Any thread may add and sum;
/// nothing locks. A slot is one 64-bit word that says which turn of the ring it belongs to, so that a thread that comes
/// first to an outdated slot replaces turn and counts in a single step and no other thread's count is lost.
/// </summary>
internal sealed class SlidingCounter(TimeSpan window)
{
    private const int Slots = 10;

    // 20 bits of turn, then 22 bits for each count: four million a slot, which is more than a sidecar can serve; beyond
    // it the slot stops counting both, which keeps their ratio. The turn wraps after 2^20 slots (12 days of 1 s slots);
    // a slot would have to lie untouched for just that long to be mistaken for a recent one.
    private const int CountBits = 22;
    private const int TurnBits = 20;
    private const ulong CountMask = (1UL << CountBits) - 1;

    private readonly long _slotTicks = Math.Max(window.Ticks / Slots, 1);
    private readonly ulong[] _slots = new ulong[Slots];

    public void Add(long now, uint first, uint second)
    {
        var turn = now / _slotTicks;
        var mark = (ulong)turn << (2 * CountBits);
        ref var slot = ref _slots[(int)(turn % Slots)];
        var seen = Volatile.Read(ref slot);
        while (true)
        {
            var counts = seen >> (2 * CountBits) == mark >> (2 * CountBits) ? seen & ((1UL << (2 * CountBits)) - 1) : 0;
            var newFirst = (counts >> CountBits) + first;
            var newSecond = (counts & CountMask) + second;
            if (newFirst > CountMask || newSecond > CountMask)
            {
                return;
            }

            var before = Interlocked.CompareExchange(ref slot, mark | (newFirst << CountBits) | newSecond, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    public void Sum(long now, out long first, out long second)
    {
        first = 0;
        second = 0;
        var turn = now / _slotTicks;
        foreach (ref var word in _slots.AsSpan())
        {
            var slot = Volatile.Read(ref word);
            var age = TurnsSince(turn, slot);

            // A negative age is a slot begun by a thread whose clock reading is a little ahead of ours: it counts.
            if (age is < Slots and > -Slots)
            {
                first += (long)((slot >> CountBits) & CountMask);
                second += (long)(slot & CountMask);
            }
        }
    }

    private static int TurnsSince(long turn, ulong slot)
    {
        const int unused = 32 - TurnBits;
        var difference = (uint)turn - (uint)(slot >> (2 * CountBits));
        return (int)(difference << unused) >> unused;
    }
}
