namespace Mesh.Bench.Load.Measuring;

/// <summary>One measurement of one proxy at one case in one round.</summary>
internal sealed record Sample
{
    /// <summary>The case, or the series.</summary>
    public required string Case { get; init; }

    /// <summary>The proxy, or the member of a series.</summary>
    public required string Proxy { get; init; }

    public required int Round { get; init; }

    /// <summary>Calls answered by the backend, and so counted.</summary>
    public required int Calls { get; init; }

    public required double Seconds { get; init; }

    /// <summary>CPU time of the proxy's processes in user mode per call, in µs.</summary>
    public required double UserMicros { get; init; }

    /// <summary>The same in the kernel.</summary>
    public required double SystemMicros { get; init; }

    /// <summary>How much of a core the backend used, 0 to 1. Near 1 it is the backend that is measured.</summary>
    public required double BackendBusy { get; init; }

    /// <summary>Latency in µs; null if it was not taken.</summary>
    public double? P50 { get; init; }

    /// <inheritdoc cref="P50"/>
    public double? P99 { get; init; }

    public double CpuMicros => UserMicros + SystemMicros;

    public double PerSecond => Calls / Seconds;
}
