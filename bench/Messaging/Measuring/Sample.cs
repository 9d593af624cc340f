namespace Mesh.Bench.Messaging.Measuring;

/// <summary>What one contestant did in one round.</summary>
/// <param name="Rate">Publishes per second.</param>
/// <param name="P50">Of the time for one, in microseconds.</param>
/// <param name="P99">The same.</param>
internal sealed record Sample(double Rate, double P50, double P99);
