namespace Mesh.Wire.Buffers;

/// <summary>
/// What a loop keeps for reuse, and gives back when it has not needed it for a while. Its memory is bounded by what was needed at
/// once, and stays so much for one <see cref="Upkeep.Period"/>. Only the loop's thread may call it.
/// </summary>
public abstract class Upkept
{
    private readonly Upkeep? _upkeep;

    /// <param name="upkeep">Looks after it; null for one that lives no longer than a burst, such as a test's.</param>
    private protected Upkept(Upkeep? upkeep)
    {
        _upkeep = upkeep;
        upkeep?.Add(this);
    }

    /// <summary>It keeps more than it would at rest: it is to be looked at again.</summary>
    internal abstract bool IsKeeping { get; }

    /// <summary>A period is over: finds out what was not needed in it.</summary>
    internal abstract void EndPeriod();

    /// <summary>Gives back what was not needed, or a part of it where each takes its time.</summary>
    /// <param name="most">So many system calls at most.</param>
    /// <param name="garbage">Grows by what is for the collector now, in objects.</param>
    /// <returns>Whether there is more.</returns>
    internal abstract bool GiveBack(int most, ref int garbage);

    /// <summary>It keeps more than before.</summary>
    private protected void OnKept()
    {
        if (_upkeep is { IsDue: false } && IsKeeping)
        {
            _upkeep.Arm();
        }
    }
}
