namespace Mesh.Wire.Buffers;

/// <summary>Objects of one loop that are used again. Keeps as many as were in use at once in the last period. Only the loop's thread may call it.</summary>
/// <param name="make">Makes one when none is left.</param>
/// <param name="floor">So many are kept for good.</param>
/// <param name="upkeep">The loop's.</param>
public sealed class Pool<T>(Func<T> make, int floor, Upkeep? upkeep) : Upkept(upkeep)
{
    private readonly Stack<T> _kept = new();
    private Need _need = new(floor);
    private int _surplus;

    /// <summary>Rented and not returned.</summary>
    public int InUse => _need.InUse;

    internal override bool IsKeeping => _need.IsExceededBy(_kept.Count);

    /// <summary>One that nobody else has.</summary>
    public T Rent()
    {
        _need.OnRented();
        return _kept.TryPop(out var kept) ? kept : make();
    }

    /// <summary>Takes one back that is as new.</summary>
    public void Return(T item)
    {
        _need.OnReturned();
        _kept.Push(item);
        OnKept();
    }

    internal override void EndPeriod() => _surplus = _need.EndPeriod(_kept.Count);

    internal override bool GiveBack(int most, ref int garbage)
    {
        // Some may have been rented meanwhile: then they are needed.
        var count = Math.Min(_surplus, _kept.Count);
        for (var i = 0; i < count; i++)
        {
            _kept.Pop();
        }

        garbage += count;
        _surplus = 0;
        if (count > 0)
        {
            _kept.TrimExcess();
        }

        return false;
    }
}
