using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Balancing;

/// <summary>How an attempt ended, as its endpoint is told.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Probe">As the pick said.</param>
/// <param name="Started">When it was let through, in ticks.</param>
/// <param name="Latency">Until the answer's head, or the end if there was none, in ticks.</param>
public readonly record struct AttemptEnd(Outcome Outcome, int Probe, long Started, long Latency)
{
    /// <summary>The request went out to it.</summary>
    public bool IsSent { get; init; }

    /// <summary>The head of an answer came.</summary>
    public bool IsAnswered { get; init; }

    /// <summary>The deadline that its caller chose had passed.</summary>
    public bool IsCallersTimeUp { get; init; }

    /// <summary>How long its answer asks that the endpoint be left alone, in ticks; 0 is not at all.</summary>
    public long Rest { get; init; }

    /// <summary>
    /// Another attempt has told of the same event: one connection that is lost, or does not come about, counts once, however
    /// many calls it carried.
    /// </summary>
    public bool IsToldAlready { get; init; }
}
