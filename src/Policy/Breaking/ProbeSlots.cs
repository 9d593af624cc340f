namespace Mesh.Policy.Breaking;

/// <summary>
/// The probes of a half-open breaker that are under way. Each has a number that no other ever had, and a time after which its
/// place is another's: nothing waits for an event that may never come. Under its breaker's lock.
/// </summary>
internal sealed class ProbeSlots(int count)
{
    private readonly (int Number, long Expires)[] _slots = new (int, long)[count];

    public int Count => _slots.Length;

    /// <summary>Probes under way whose time is not over.</summary>
    public int TakenAt(long now)
    {
        var taken = 0;
        foreach (var (number, expires) in _slots)
        {
            taken += number != 0 && now < expires ? 1 : 0;
        }

        return taken;
    }

    /// <summary>When the first of those under way runs out; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstExpiry
    {
        get
        {
            var first = long.MaxValue;
            foreach (var (number, expires) in _slots)
            {
                first = number != 0 ? Math.Min(first, expires) : first;
            }

            return first;
        }
    }

    /// <summary>Puts a probe into a free slot, or one whose time is over; one there must be.</summary>
    public void Take(int number, long now, long expires)
    {
        var free = Array.FindIndex(_slots, slot => slot.Number == 0);
        _slots[free >= 0 ? free : Array.FindIndex(_slots, slot => now >= slot.Expires)] = (number, expires);
    }

    /// <summary>A probe's result is there.</summary>
    public void Free(int number)
    {
        var index = Array.FindIndex(_slots, slot => slot.Number == number);
        if (index >= 0)
        {
            _slots[index] = default;
        }
    }

    public void Clear() => Array.Clear(_slots);
}
