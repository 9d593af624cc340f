namespace Mesh.Policy.Sharing;

/// <summary>
/// How often calls come, from how many came in one interval after another: a mean of the last seconds while they differ as chance has them
/// differ, and the newest alone when they differ by more. One caller at a time; pure.
/// </summary>
public sealed class DemandEstimate
{
    // So many calls are remembered as make chance small, within what people wait for.
    private const double Remembered = 50;
    private const double ShortestMemory = 2;
    private const double LongestMemory = 15;

    // Of a count of calls that come by chance the deviation is its root: by chance alone, one in some hundreds is beyond this.
    private const double Deviations = 3;

    private const double Few = 2;

    private bool _isBegun;

    /// <summary>Calls a second.</summary>
    public double PerSecond { get; private set; }

    /// <summary>An interval is over.</summary>
    /// <param name="calls">That came in it.</param>
    /// <param name="seconds">How long it was; above 0.</param>
    public void Add(long calls, double seconds)
    {
        var expected = PerSecond * seconds;
        if (!_isBegun || Math.Abs(calls - expected) > (Deviations * Math.Sqrt(expected)) + Few)
        {
            _isBegun = true;
            PerSecond = calls / seconds;
            return;
        }

        var memory = Math.Clamp(Remembered / Math.Max(PerSecond, double.Epsilon), ShortestMemory, LongestMemory);
        PerSecond += (1 - Math.Exp(-seconds / memory)) * ((calls / seconds) - PerSecond);
    }
}
