namespace Mesh.Policy.Ejecting;

/// <summary>Who of a service's endpoints does worse than it should, by the calls of one interval. Pure.</summary>
public static class OutlierDecision
{
    /// <summary>The outliers, the worst first.</summary>
    /// <param name="endpoints">What became of each one's calls.</param>
    /// <param name="options">What is enough.</param>
    public static List<Outlier> Find(ReadOnlySpan<IntervalCounts> endpoints, EjectionOptions options)
    {
        var found = new List<Outlier>();
        if (options.SuccessRate is { } rate && Judged(endpoints, rate.RequestVolume) is var some && some.Count >= rate.MinHosts)
        {
            var mean = some.Average(one => one.Successes);
            var stdev = Math.Sqrt(some.Average(one => (one.Successes - mean) * (one.Successes - mean)));
            var least = mean - (rate.StdevFactor * stdev);
            found.AddRange(some.Where(one => one.Successes < least).Select(one => one with { Least = least }));
        }

        if (options.FailurePercentage is { } failures && Judged(endpoints, failures.RequestVolume) is var all && all.Count >= failures.MinHosts)
        {
            double least = 100 - failures.Threshold;
            found.AddRange(all
                .Where(one => one.Successes < least && !found.Exists(known => known.Index == one.Index))
                .Select(one => one with { Least = least }));
        }

        found.Sort((a, b) => a.Successes.CompareTo(b.Successes));
        return found;
    }

    private static List<Outlier> Judged(ReadOnlySpan<IntervalCounts> endpoints, int volume)
    {
        var judged = new List<Outlier>();
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (endpoints[i].Calls >= volume && endpoints[i].Calls > 0)
            {
                judged.Add(new Outlier(i, endpoints[i].Calls, 100.0 * endpoints[i].Successes / endpoints[i].Calls, 0));
            }
        }

        return judged;
    }
}
