using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Breaking;

/// <summary>When an endpoint's breaker opens, and for how long.</summary>
public sealed record BreakerOptions
{
    /// <summary>5 failures in a row open for 60 s; at most half of a service's endpoints are out.</summary>
    public static readonly BreakerOptions Default = new();

    /// <summary>Off: every call passes and nothing is counted. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Failures in a row that open it, 1 to 1000; default 5.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Percent of failures within <see cref="Window"/> that opens it, 1 to 100; default 0, which is off.</summary>
    public int FailureRatePercent { get; init; }

    /// <summary>Calls within <see cref="Window"/> below which the rate says nothing; default 20.</summary>
    public int MinRequests { get; init; } = 20;

    /// <summary>What the rate looks back on, 1 s to 10 min; default 10 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it stays open the first time, 1 ms to 1 h; default 60 s. A probe is waited for as long.</summary>
    public TimeSpan Open { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time it stays open, jitter included; default 300 s.</summary>
    public TimeSpan MaxOpen { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Factor of the open time each time a probe fails; default 1.5.</summary>
    public double Growth { get; init; } = 1.5;

    /// <summary>
    /// Share of the open time that may be added at random, 0 to 1; default 0.1. Only added: nobody who asks for 60 s
    /// expects a probe after 54.
    /// </summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>Calls let through when half open; all must succeed to close it, 1 to 100; default 1.</summary>
    public int Probes { get; init; } = 1;

    /// <summary>
    /// Percent of a service's endpoints that breakers may keep out at once, rounded down, 0 to 100; default 50. 100 is the
    /// classic breaker, which may refuse every call.
    /// </summary>
    public int MaxEjectionPercent { get; init; } = 50;

    /// <summary>gRPC codes of an endpoint's answer that count as failures, bit n for code n; default UNAVAILABLE.</summary>
    public uint Codes { get; init; } = 1u << GrpcStatus.Unavailable;

    /// <summary>HTTP statuses of answers that are not gRPC that count as failures; default 502, 503 and 504.</summary>
    public HttpStatusSet HttpStatuses { get; init; } = new([502, 503, 504]);
}
