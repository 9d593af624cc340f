using Google.Protobuf.WellKnownTypes;
using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>The calls that some sidecars have seen, added up. One caller at a time.</summary>
internal sealed class SeenCalls
{
    private readonly ulong[] _latencies = new ulong[LatencyScale.Count];

    /// <summary>Sidecars that have told of calls.</summary>
    public uint Sidecars { get; set; }

    public ulong Calls { get; private set; }

    public ulong Failures { get; private set; }

    /// <summary>0 to 1; 1 without calls.</summary>
    public double Success => Calls == 0 ? 1 : (Calls - Failures) / (double)Calls;

    /// <param name="calls">How many there were.</param>
    /// <param name="failures">How many of them failed; no more than there were.</param>
    /// <param name="latencies">How long they took. What is no place of the scale is not minded.</param>
    public void Add(ulong calls, ulong failures, IEnumerable<LatencyCount> latencies)
    {
        Calls += calls;
        Failures += Math.Min(calls, failures);
        foreach (var latency in latencies)
        {
            if (latency.Index < LatencyScale.Count)
            {
                _latencies[latency.Index] += latency.Count;
            }
        }
    }

    /// <summary>What another control plane has added up.</summary>
    public void Add(RolloutFigures others)
    {
        Sidecars += others.Sidecars;
        Add(others.Calls, others.Failures, others.Latencies);
    }

    /// <summary>What so many percent of the calls take at most; null without calls.</summary>
    public TimeSpan? Percentile(int percent)
    {
        var sum = 0UL;
        foreach (var count in _latencies)
        {
            sum += count;
        }

        if (sum == 0)
        {
            return null;
        }

        var rank = Math.Max(1, (ulong)Math.Ceiling(sum * (percent / 100.0)));
        var index = 0;
        for (var below = _latencies[0]; below < rank; below += _latencies[index])
        {
            index++;
        }

        return LatencyScale.Middle(index);
    }

    /// <param name="isWhole">With how the times are spread.</param>
    public RolloutFigures ToFigures(bool isWhole)
    {
        var figures = new RolloutFigures
        {
            Sidecars = Sidecars,
            Calls = Calls,
            Failures = Failures,
            P50 = Percentile(50)?.ToDuration(),
            P99 = Percentile(99)?.ToDuration(),
        };
        if (isWhole)
        {
            figures.Latencies.Add(_latencies.Index().Where(one => one.Item != 0).Select(one => new LatencyCount { Index = (uint)one.Index, Count = one.Item }));
        }

        return figures;
    }
}
