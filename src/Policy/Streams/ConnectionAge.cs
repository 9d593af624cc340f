namespace Mesh.Policy.Streams;

/// <summary>How long a caller's connection takes new streams: those that were made together do not end together.</summary>
public static class ConnectionAge
{
    private const double Spread = 0.10;

    /// <summary>Of one connection, in ticks: up to a tenth less than the age.</summary>
    /// <param name="maxAge">The age, in ticks.</param>
    /// <param name="random">Decides.</param>
    public static long Of(long maxAge, ref Rng random) => (long)(maxAge * (1 - (Spread * random.NextDouble())));
}
