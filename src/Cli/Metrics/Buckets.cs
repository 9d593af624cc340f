namespace Mesh.Cli.Metrics;

/// <summary>A histogram as it is counted: how many values were at most each bound. Not thread safe.</summary>
internal sealed class Buckets
{
    // Bound (seconds here) to how many values were at most that; the last bound is infinity.
    private readonly SortedDictionary<double, double> _cumulative = [];

    /// <summary>How many values there are in all.</summary>
    public double Count => _cumulative.Count == 0 ? 0 : _cumulative.Values.Max();

    /// <summary>Adds so many values of at most the bound; several series sum up to one histogram.</summary>
    public void Add(double bound, double count) =>
        _cumulative[bound] = _cumulative.GetValueOrDefault(bound) + count;

    /// <summary>
    /// What has been counted since an earlier reading. A counter that went back is one of a process that began anew:
    /// all it has counts.
    /// </summary>
    public Buckets Since(Buckets earlier)
    {
        var restarted = _cumulative.Any(bucket => bucket.Value < earlier._cumulative.GetValueOrDefault(bucket.Key));
        var difference = new Buckets();
        foreach (var (bound, count) in _cumulative)
        {
            difference.Add(bound, restarted ? count : count - earlier._cumulative.GetValueOrDefault(bound));
        }

        return difference;
    }

    /// <summary>Both together. They are to have the same bounds.</summary>
    public Buckets And(Buckets other)
    {
        var sum = new Buckets();
        foreach (var (bound, count) in _cumulative.Concat(other._cumulative))
        {
            sum.Add(bound, count);
        }

        return sum;
    }

    /// <summary>
    /// The value that this share of all values does not exceed, interpolated within its bucket, as Prometheus'
    /// <c>histogram_quantile</c> does. Values above the last finite bound count as that bound. NaN without values.
    /// </summary>
    /// <param name="share">0 to 1: 0.99 is the 99th percentile.</param>
    public double Percentile(double share)
    {
        var rank = share * Count;
        if (Count == 0)
        {
            return double.NaN;
        }

        double lowerBound = 0, lowerCount = 0;
        foreach (var (bound, count) in _cumulative)
        {
            if (count >= rank && count > lowerCount)
            {
                return double.IsInfinity(bound)
                    ? lowerBound
                    : lowerBound + ((bound - lowerBound) * (rank - lowerCount) / (count - lowerCount));
            }

            (lowerBound, lowerCount) = double.IsInfinity(bound) ? (lowerBound, count) : (bound, count);
        }

        return lowerBound;
    }
}
