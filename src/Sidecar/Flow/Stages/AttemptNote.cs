using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>What is kept of one attempt until its call is over, for the flight recorder. Times in the loop's ticks; 0 is never.</summary>
internal struct AttemptNote
{
    public Endpoint? Endpoint;

    /// <summary>Why its connection has failed; null if it has not.</summary>
    public string? Failure;

    /// <summary>When it was picked.</summary>
    public long Started;

    /// <summary>When it went out.</summary>
    public long Sent;

    /// <summary>When the head of its answer came.</summary>
    public long Answered;

    public long Ended;

    /// <summary>How; once it has ended.</summary>
    public Outcome Outcome;
}
