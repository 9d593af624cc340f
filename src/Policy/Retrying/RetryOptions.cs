using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Retrying;

/// <summary>When a failed attempt is tried again.</summary>
public sealed record RetryOptions
{
    /// <summary>Nothing is tried again but what provably was not processed.</summary>
    public static readonly RetryOptions Default = new();

    /// <summary>Attempts in all, the first included and those not processed left out, 1 to 10; default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>gRPC codes that are tried again, bit n for code n; default 0, none.</summary>
    public uint RetriableCodes { get; init; }

    /// <summary>HTTP statuses of answers that are not gRPC, and those that stand for an answer that has not come; default none.</summary>
    public HttpStatusSet HttpStatuses { get; init; }

    /// <summary>First pause, doubled each time, with full jitter; default 25 ms.</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest pause; default 250 ms.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A call whose sent bytes exceed this is not tried again, 0 to 16 MiB; default 65,536.</summary>
    public int ReplayLimitBytes { get; init; } = 65_536;

    /// <summary>The methods that may be tried again by code or status; default every one.</summary>
    public MethodSet Methods { get; init; } = MethodSet.All;

    /// <summary>Retries as a percentage of the requests, 0 to 1000; default 20.</summary>
    public int BudgetPercent { get; init; } = 20;

    /// <summary>Retries a second on top of that, 0 to 100,000; default 10.</summary>
    public int BudgetMinPerSecond { get; init; } = 10;
}
