using Mesh.Bench.Load.Measuring;

namespace Mesh.Bench.Load.Reporting;

/// <summary>Everything a run has found, as it goes into the JSON file.</summary>
internal sealed record LoadReport
{
    public required Machine Machine { get; init; }

    public required IReadOnlyList<Participant> Participants { get; init; }

    /// <summary>"h2load nghttp2/1.52.0", or that it is our own.</summary>
    public required string Generator { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Of one measurement, about.</summary>
    public required double Seconds { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>Requests in which the sidecar exported spans and metrics during the rounds: that it did.</summary>
    public long Exports { get; init; }

    /// <summary>What could not be measured, and why.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    public IReadOnlyList<Sample> Samples { get; init; } = [];

    public IReadOnlyList<StartSample> Starts { get; init; } = [];

    public IReadOnlyList<IdleSample> Idle { get; init; } = [];

    public IReadOnlyList<AllocationSample> Allocations { get; init; } = [];

    /// <summary>By the series' name, in the order of the members.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Sample>> Series { get; init; } = new Dictionary<string, IReadOnlyList<Sample>>();
}
