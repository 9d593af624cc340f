namespace Mesh.Policy.Limiting;

/// <summary>
/// How many calls the other side can bear at once, found out by how long they take: where they take longer than when little is going
/// on, they wait for each other, and fewer at once are answered as fast (Netflix's "Performance under load", 2018, and Envoy's adaptive
/// concurrency). Any thread; nothing locks.
/// </summary>
/// <remarks>
/// Once an interval the limit is multiplied by the gradient, the shortest mean time of late over the present one, and the square root
/// of it is added: room for a short queue, and for finding out whether more can be borne. It is not raised while less than half of it
/// is used, which says nothing. The shortest time would be forgotten with the last quiet moment, and what a queue takes be learnt as
/// usual; so the limit is halved for one interval before that, which empties the queue.
/// </remarks>
public sealed class GradientLimit(AdaptiveOptions options, int max)
{
    private const int Initial = 20;

    // Below it a mean is chance: the interval goes on.
    private const int Evidence = 10;

    private const double LeastGradient = 0.5;
    private const double MostGradient = 2;

    private long _sum;
    private int _count;
    private int _most;
    private long _until = long.MinValue;

    // Only whoever has moved on the interval touches what follows.
    private double _limit = Math.Clamp(Initial, Math.Min(options.Min, max), max);
    private double _shortest = double.MaxValue;
    private long _measureAt;
    private double _former;
    private int _current = Math.Clamp(Initial, Math.Min(options.Min, max), max);

    /// <summary>What it was made with.</summary>
    public AdaptiveOptions Options { get; } = options;

    /// <summary>It never goes above.</summary>
    public int Max { get; } = max;

    /// <summary>How many may be under way at once.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>A call is over that the other side has answered.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="ticks">How long it took.</param>
    /// <param name="underWay">How many were under way with it.</param>
    /// <returns>Whether the limit may be another now.</returns>
    public bool Observe(long now, long ticks, int underWay)
    {
        Interlocked.Add(ref _sum, ticks);
        var count = Interlocked.Increment(ref _count);
        if (underWay > Volatile.Read(ref _most))
        {
            Volatile.Write(ref _most, underWay); // a measure: another loop may write over it
        }

        var until = Volatile.Read(ref _until);
        if (now < until || (count < Evidence && until != long.MinValue)
            || Interlocked.CompareExchange(ref _until, now + Options.Interval.Ticks, until) != until)
        {
            return false;
        }

        var calls = Interlocked.Exchange(ref _count, 0);
        var mean = Interlocked.Exchange(ref _sum, 0) / (double)Math.Max(calls, 1);
        var most = Interlocked.Exchange(ref _most, 0);
        if (until == long.MinValue)
        {
            _measureAt = now + Options.Memory.Ticks;
        }
        else
        {
            Follow(now, Math.Max(mean, 1), most);
        }

        Volatile.Write(ref _current, (int)_limit);
        return true;
    }

    private void Follow(long now, double mean, int most)
    {
        if (_former > 0)
        {
            // The interval of the halved limit: what it has measured is the shortest time from now on.
            _shortest = mean;
            Set(_former);
            _former = 0;
            _measureAt = now + Options.Memory.Ticks;
            return;
        }

        _shortest = Math.Min(_shortest, mean);
        if (now >= _measureAt)
        {
            _former = _limit;
            Set(_limit / 2);
            return;
        }

        var gradient = Math.Clamp(_shortest * (1 + (Options.TolerancePercent / 100.0)) / mean, LeastGradient, MostGradient);
        var next = (_limit * gradient) + Math.Sqrt(_limit);
        if (next < _limit || most * 2 > _limit)
        {
            Set(next);
        }
    }

    private void Set(double limit) => _limit = Math.Clamp(limit, Math.Min(Options.Min, Max), Max);
}
