namespace Mesh.Policy.Ejecting;

/// <summary>
/// When an endpoint is left alone because it does worse than the others of its service (gRFC A50, "outlier detection"). How many may be
/// out is <see cref="Breaking.BreakerOptions.MaxEjectionPercent"/>, which it shares with breakers.
/// </summary>
public sealed record EjectionOptions
{
    /// <summary>How often they are compared, by the calls since the last time, 1 s to 10 min; default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long one is out the first time, 1 s to 1 h; default 30 s. Twice as long the second time in a row, then thrice.
    /// </summary>
    public TimeSpan BaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time it is out, 1 s to 24 h; default 300 s.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Whom its share of successes sets apart from the others; default null, nobody.</summary>
    public SuccessRateOptions? SuccessRate { get; init; }

    /// <summary>Whose share of failures is too high whatever the others' is; default null, nobody's.</summary>
    public FailurePercentageOptions? FailurePercentage { get; init; }
}
