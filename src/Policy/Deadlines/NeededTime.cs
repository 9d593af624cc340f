namespace Mesh.Policy.Deadlines;

/// <summary>
/// What an endpoint needs for an answer, at the least: its fastest ones of late, good or not, which each slower one lets rise a little.
/// Shared by all event loops; nothing locks, and what one writes over another's is a measure, not a count.
/// </summary>
/// <remarks>
/// The fastest, since one record stands for all methods: whoever asks for what is quick must not be refused for what others
/// ask for. And only of late: where every call is refused, no answer would ever say that the endpoint has become faster.
/// </remarks>
public sealed class NeededTime
{
    /// <summary>Answers from which it says anything.</summary>
    public const int Evidence = 20;

    /// <summary>Without an answer for so long, it says nothing: calls go out, and their answers begin it anew.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    // Some hundred answers until a rare quick one is forgotten.
    private const double Rise = 1.0 / 64;

    // What is left may be half of what the fastest took: a caller close to the limit is let on, and decides for itself.
    private const int Margin = 2;

    private double _ticks;
    private long _last = long.MinValue / 2;
    private int _answers;

    /// <summary>An answer has come.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="ticks">How long it took.</param>
    public void Observe(long now, long ticks)
    {
        if (now - Volatile.Read(ref _last) > Memory.Ticks)
        {
            Volatile.Write(ref _answers, 0);
        }

        var known = Volatile.Read(ref _ticks);
        Volatile.Write(ref _ticks, _answers == 0 || ticks < known ? ticks : known + ((ticks - known) * Rise));
        if (_answers < Evidence)
        {
            Volatile.Write(ref _answers, _answers + 1);
        }

        Volatile.Write(ref _last, now);
    }

    /// <summary>Whether an answer within the time that is left would be far faster than any of late.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="rest">What is left, in ticks.</param>
    public bool IsBeyond(long now, long rest) =>
        Volatile.Read(ref _answers) >= Evidence
        && now - Volatile.Read(ref _last) <= Memory.Ticks
        && rest < Volatile.Read(ref _ticks) / Margin;
}
