using Mesh.Cli.Load;
using Mesh.Cli.Metrics;

namespace Mesh.Cli.Demo;

/// <summary>What went over an edge of the service graph within some time.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="Success">The share that succeeded, 0 to 1; NaN without calls.</param>
/// <param name="P50">Median in milliseconds; NaN without calls.</param>
/// <param name="P99">99th percentile in milliseconds; NaN without calls.</param>
internal readonly record struct EdgeRate(double PerSecond, double Success, double P50, double P99)
{
    /// <summary>As a sidecar has counted them.</summary>
    public static EdgeRate Of(EdgeReading reading, double seconds)
    {
        var calls = reading.Durations.Count;
        return new(
            calls / seconds,
            calls == 0 ? double.NaN : 1 - (reading.Failures / calls),
            reading.Durations.Percentile(0.5) * 1000,
            reading.Durations.Percentile(0.99) * 1000);
    }

    /// <summary>As the load itself has counted them.</summary>
    public static EdgeRate Of(CallFigures figures, double seconds) => new(
        figures.Calls / seconds,
        figures.Calls == 0 ? double.NaN : 1 - ((double)figures.Failures / figures.Calls),
        figures.Percentile(0.5),
        figures.Percentile(0.99));
}
