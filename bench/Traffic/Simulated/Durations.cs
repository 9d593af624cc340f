using Mesh.Policy;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>How long servers take: log-normal, as answers of real ones are.</summary>
internal static class Durations
{
    /// <summary>One in a hundred answers takes twice the median.</summary>
    private const double Sigma = 0.3;

    /// <param name="random">Decides.</param>
    /// <param name="medianMs">Half of them take less.</param>
    /// <returns>In ticks.</returns>
    public static long Next(ref Rng random, double medianMs)
    {
        // Box and Muller, "A note on the generation of random normal deviates", 1958.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (long)(medianMs * Math.Exp(Sigma * normal) * TimeSpan.TicksPerMillisecond);
    }
}
