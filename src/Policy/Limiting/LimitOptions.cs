namespace Mesh.Policy.Limiting;

/// <summary>How much may be under way to a service at once, per sidecar. What exceeds it is refused at once.</summary>
public sealed record LimitOptions
{
    /// <summary>10,000 calls, 1,024 waiting.</summary>
    public static readonly LimitOptions Default = new();

    /// <summary>Calls under way, 1 to 1,000,000; default 10,000.</summary>
    public int MaxConcurrentRequests { get; init; } = 10_000;

    /// <summary>
    /// How the limit on calls under way follows what the service can bear, up to <see cref="MaxConcurrentRequests"/>; default null, not
    /// at all.
    /// </summary>
    public AdaptiveOptions? Adaptive { get; init; }

    /// <summary>Calls that wait for a connection, 1 to 1,000,000; default 1,024.</summary>
    public int MaxPendingRequests { get; init; } = 1024;
}
