using Mesh.Policy.Retrying;

namespace Mesh.Policy.Hedging;

/// <summary>When a call that has no answer yet is sent to another endpoint as well (gRFC A6).</summary>
public sealed record HedgingOptions
{
    /// <summary>Attempts at once, the first included, 2 or 3; default 2.</summary>
    public int MaxAttempts { get; init; } = 2;

    /// <summary>How long an attempt is waited for, 1 ms to 1 h.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>Instead of the delay, where it is longer: what so many percent of the route's answers take, 50 to 99.9; default null, the delay.</summary>
    public double? Percentile { get; init; }

    /// <summary>gRPC methods that may be executed twice; of what is not gRPC those whose method is safe (RFC 9110 section 9.2.1).</summary>
    public required MethodSet Methods { get; init; }
}
