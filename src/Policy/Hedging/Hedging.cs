namespace Mesh.Policy.Hedging;

/// <summary>A route's hedging over time: how long its answers take is remembered. Any thread.</summary>
public sealed class Hedging(HedgingOptions options)
{
    private readonly QuantileEstimate? _latency = options.Percentile is { } percentile ? new QuantileEstimate(percentile / 100) : null;

    /// <summary>What it goes by.</summary>
    public HedgingOptions Options => options;

    /// <summary>How long to wait for an attempt before another is sent, in ticks.</summary>
    public long Delay => Math.Max(options.Delay.Ticks, _latency?.Ticks ?? 0);

    /// <summary>Whether there may be another attempt.</summary>
    /// <param name="made">Those there have been.</param>
    public bool MayHedge(int made) => made < options.MaxAttempts;

    /// <summary>An answer has begun.</summary>
    /// <param name="ticks">After its call had.</param>
    public void OnAnswered(long ticks) => _latency?.Observe(ticks);
}
