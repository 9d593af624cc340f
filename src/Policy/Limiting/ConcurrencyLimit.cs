namespace Mesh.Policy.Limiting;

/// <summary>How many may be inside at once. Any thread; each true of <see cref="TryEnter"/> is followed by one
/// <see cref="Exit"/>.</summary>
public sealed class ConcurrencyLimit(int max)
{
    private volatile int _max = max;
    private int _current;

    /// <summary>The limit; lowered below <see cref="Current"/> it lets nobody in until enough have left.</summary>
    public int Max
    {
        get => _max;
        set => _max = value;
    }

    /// <summary>How many are inside.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>Lets one in, or says no.</summary>
    public bool TryEnter()
    {
        // Compare and exchange rather than increment and take back: a moment's overshoot would refuse somebody else
        // while there is room.
        var seen = Volatile.Read(ref _current);
        while (seen < _max)
        {
            var before = Interlocked.CompareExchange(ref _current, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>One leaves.</summary>
    public void Exit() => Interlocked.Decrement(ref _current);
}
