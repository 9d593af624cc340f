namespace Mesh.Bench.Load.Generating;

/// <summary>What a load generator saw of one run.</summary>
/// <param name="Seconds">From the first call to the last answer.</param>
/// <param name="Succeeded">Calls answered; by our own generator, with grpc-status 0, or over HTTP/1.1 with 200.</param>
/// <param name="Failed">All others.</param>
/// <param name="Latencies">In microseconds, sorted; empty if they were not taken.</param>
internal sealed record LoadResult(double Seconds, int Succeeded, int Failed, double[] Latencies)
{
    public double PerSecond => Succeeded / Seconds;

    /// <summary>The latency that so many of the calls did not exceed.</summary>
    /// <param name="share">0 to 1.</param>
    public double? Latency(double share) =>
        Latencies.Length == 0 ? null : Latencies[Math.Min(Latencies.Length - 1, (int)(share * Latencies.Length))];
}
