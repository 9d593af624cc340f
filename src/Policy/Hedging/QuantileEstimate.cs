namespace Mesh.Policy.Hedging;

/// <summary>
/// A quantile of a stream of durations in one number, which moves up by a step for each that is longer and down by a smaller one for each that is
/// not (Ma, Muthukrishnan, Sandler, "Frugal streaming for estimating quantiles", 2013; here the steps are shares of the number itself, so that it finds
/// microseconds and seconds alike). Any thread: one that writes over another's step does no harm.
/// </summary>
/// <param name="quantile">Above 0 and below 1.</param>
public sealed class QuantileEstimate(double quantile)
{
    private const double Step = 0.05;

    // Until it has seen so many it says nothing.
    private const int Fewest = 50;

    private double _value;
    private int _seen;

    /// <summary>In ticks; 0 as long as too little is known.</summary>
    public long Ticks => Volatile.Read(ref _seen) < Fewest ? 0 : (long)Volatile.Read(ref _value);

    /// <summary>One more, in ticks.</summary>
    public void Observe(long ticks)
    {
        var value = Volatile.Read(ref _value);
        if (_seen < Fewest)
        {
            Volatile.Write(ref _seen, _seen + 1);
        }

        // From 1 on, or no share of it would be anything.
        Volatile.Write(ref _value, value < 1 ? Math.Max(1, ticks) : value * (ticks > value ? 1 + (Step * quantile) : 1 - (Step * (1 - quantile))));
    }
}
