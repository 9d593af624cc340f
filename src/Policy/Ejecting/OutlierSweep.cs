using Mesh.Policy.Balancing;

namespace Mesh.Policy.Ejecting;

/// <summary>
/// Compares a service's endpoints once an interval and has the circuits of those opened that do worse than they should. Owned by the
/// service, used by one thread at a time; the path of a call knows nothing of it: it counts what it always has.
/// </summary>
public sealed class OutlierSweep
{
    private Dictionary<EndpointState, Record> _records = [];
    private long _next;
    private bool _hasBegun;

    /// <summary>Does what is due; in between, nothing.</summary>
    /// <param name="endpoints">The service's, as they are now.</param>
    /// <param name="options">What is enough.</param>
    /// <param name="now">The time, in ticks.</param>
    public void Run(ReadOnlySpan<EndpointState> endpoints, EjectionOptions options, long now)
    {
        if (_hasBegun && now < _next)
        {
            return;
        }

        _hasBegun = true;
        _next = now + options.Interval.Ticks;
        var counts = Count(endpoints);
        var outliers = OutlierDecision.Find(counts, options);
        foreach (var outlier in outliers)
        {
            Eject(endpoints[outlier.Index], outlier, options, now);
        }

        foreach (var (endpoint, record) in _records)
        {
            // One that has been well for an interval has a shorter time the next time.
            if (record.Ejections > 0 && endpoint.Breaker.IsClosed)
            {
                record.Ejections--;
            }
        }
    }

    private void Eject(EndpointState endpoint, in Outlier outlier, EjectionOptions options, long now)
    {
        var record = _records[endpoint];
        var longest = Math.Max(options.BaseTime.Ticks, options.MaxTime.Ticks);
        var time = Math.Min(options.BaseTime.Ticks * (record.Ejections + 1), longest);
        if (endpoint.Breaker.Eject(now, time, outlier))
        {
            record.Ejections++;
        }
    }

    /// <summary>Since the last time; of an endpoint that has come since then, since it came.</summary>
    private IntervalCounts[] Count(ReadOnlySpan<EndpointState> endpoints)
    {
        var kept = new Dictionary<EndpointState, Record>(endpoints.Length);
        var counts = new IntervalCounts[endpoints.Length];
        for (var i = 0; i < endpoints.Length; i++)
        {
            var endpoint = endpoints[i];
            var record = _records.GetValueOrDefault(endpoint) ?? new Record();
            var total = new IntervalCounts(endpoint.Load.Successes, endpoint.Load.Failures);
            counts[i] = new IntervalCounts(total.Successes - record.Seen.Successes, total.Failures - record.Seen.Failures);
            record.Seen = total;
            kept[endpoint] = record;
        }

        _records = kept;
        return counts;
    }

    private sealed class Record
    {
        public IntervalCounts Seen { get; set; }

        /// <summary>In a row.</summary>
        public int Ejections { get; set; }
    }
}
