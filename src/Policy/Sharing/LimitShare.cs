namespace Mesh.Policy.Sharing;

/// <summary>What part of a limit one of those has who share it, and for how long. Immutable.</summary>
/// <param name="Part">Of its rate and its burst, <see cref="Least"/> to 1.</param>
/// <param name="Until">When that is over, in the loops' ticks.</param>
/// <param name="Sharers">How many share it, at least 1: from then on it is one part of so many.</param>
public sealed record LimitShare(double Part, long Until, int Sharers)
{
    /// <summary>Less is no part.</summary>
    public const double Least = 1e-6;

    /// <summary>Of who has never been told how many there are.</summary>
    public static readonly LimitShare Alone = new(1, long.MaxValue, 1);

    /// <summary>What holds at a time: itself, or what comes afterwards.</summary>
    public LimitShare At(long now) => now < Until ? this : this with { Part = Math.Max(Least, 1.0 / Sharers), Until = long.MaxValue };

    /// <summary>Whether it was granted and still holds.</summary>
    public bool IsGranted(long now) => Until != long.MaxValue && now < Until;
}
