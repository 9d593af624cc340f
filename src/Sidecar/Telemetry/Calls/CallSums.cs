
namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>The calls of one method that ended with one code, over all loops.</summary>
/// <param name="Method">"pkg.Service/Method".</param>
/// <param name="Code">A <see cref="CallCode"/>.</param>
/// <param name="Buckets">As <see cref="CallHistogram"/> has them.</param>
/// <param name="Seconds">The sum of the durations.</param>
internal sealed record CallSums(string Method, int Code, long[] Buckets, double Seconds)
{
    /// <summary>Adds up what the loops have; by method, then code.</summary>
    public static IEnumerable<CallSums> Of(ClusterStatistics statistics)
    {
        // Two paths that are not UTF-8 may have one name: a series must not come twice.
        foreach (var method in statistics.All().GroupBy(m => m.Method, StringComparer.Ordinal).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            for (var code = 0; code < CallCode.Count; code++)
            {
                long[]? buckets = null;
                long ticks = 0;
                foreach (var part in method)
                {
                    if (part[code] is { } histogram)
                    {
                        buckets ??= new long[CallHistogram.Bounds.Length + 1];
                        for (var i = 0; i < buckets.Length; i++)
                        {
                            buckets[i] += histogram.Bucket(i);
                        }

                        ticks += histogram.Sum;
                    }
                }

                if (buckets is not null)
                {
                    yield return new CallSums(method.Key, code, buckets, ticks / (double)TimeSpan.TicksPerSecond);
                }
            }
        }
    }
}
