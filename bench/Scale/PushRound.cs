using System.Globalization;

namespace Mesh.Bench.Scale;

/// <summary>One change pushed to all whom it concerns.</summary>
/// <param name="Latencies">The time each took, in ms, sorted.</param>
/// <param name="OwnLateness">How late the simulated sidecars' own loop was at most.</param>
internal sealed record PushRound(IReadOnlyList<double> Latencies, TimeSpan OwnLateness)
{
    public double Percentile(double part) => Latencies[Math.Min(Latencies.Count - 1, (int)(Latencies.Count * part))];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"p50 {Percentile(0.5):0} ms, p99 {Percentile(0.99):0} ms, last {Latencies[^1]:0} ms; our own loop late by at most {OwnLateness.TotalMilliseconds:0} ms");
}
