namespace Mesh.Cli.Load;

/// <summary>Calls of one kind, counted. Written under the log's lock; once taken out of it, only read.</summary>
internal sealed class CallFigures
{
    private readonly List<double> _milliseconds = [];

    public int Calls => _milliseconds.Count;

    public int Failures { get; private set; }

    public void Add(TimeSpan duration, bool failed)
    {
        _milliseconds.Add(duration.TotalMilliseconds);
        Failures += failed ? 1 : 0;
    }

    public void Add(CallFigures others)
    {
        _milliseconds.AddRange(others._milliseconds);
        Failures += others.Failures;
    }

    /// <summary>The duration in milliseconds that this share of the calls did not exceed (nearest rank); NaN without calls.</summary>
    /// <param name="share">Above 0, to 1.</param>
    public double Percentile(double share)
    {
        if (_milliseconds.Count == 0)
        {
            return double.NaN;
        }

        var sorted = _milliseconds.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
