namespace Mesh.Wire.Buffers;

/// <summary>How many of something were needed at once in a period, and so how many of those kept were not. Part of a pool.</summary>
/// <param name="floor">So many are kept whatever is needed.</param>
internal struct Need(int floor)
{
    private int _peak;

    /// <summary>In use now.</summary>
    public int InUse { get; private set; }

    public void OnRented() => _peak = Math.Max(_peak, ++InUse);

    public void OnReturned() => InUse--;

    /// <summary>More are kept than at rest.</summary>
    /// <param name="kept">Those that are not in use.</param>
    public readonly bool IsExceededBy(int kept) => kept > floor;

    /// <summary>A period is over.</summary>
    /// <param name="kept">Those that are not in use.</param>
    /// <returns>How many of them were not needed in it.</returns>
    public int EndPeriod(int kept)
    {
        var surplus = Math.Max(0, kept - Math.Max(floor, _peak - InUse));
        _peak = InUse;
        return surplus;
    }
}
