using Mesh.Policy.Ejecting;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Breaking;

/// <summary>What has become of a circuit, for people.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Failures">In a row, until it opened or would have; 0 for an outlier.</param>
/// <param name="Cause">The last failure.</param>
/// <param name="Ticks">How long it will be open, or was.</param>
public readonly record struct CircuitChange(CircuitChangeKind Kind, int Failures, Outcome Cause, long Ticks)
{
    /// <summary>What sets its endpoint apart, if that is why; else null.</summary>
    public Outlier? Outlier { get; init; }
}

/// <summary>What may become of a circuit.</summary>
public enum CircuitChangeKind
{
    /// <summary>It has opened.</summary>
    Opened,

    /// <summary>A probe has failed, and it has opened again.</summary>
    Reopened,

    /// <summary>Its probes have succeeded.</summary>
    Closed,

    /// <summary>It would have opened, but as many of the service's endpoints are out as may be.</summary>
    Overflowed,

    /// <summary>It was closed without a probe, since fewer endpoints may be out now, or breakers were switched off.</summary>
    Readmitted,
}
