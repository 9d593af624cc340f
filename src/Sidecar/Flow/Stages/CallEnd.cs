using System.Diagnostics;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Steps 7 and 8: how it ended.</summary>
internal struct CallEnd
{
    /// <summary>Of the last attempt, and at the end of the call.</summary>
    public Outcome Outcome;

    public bool IsRecorded;

    /// <summary>Why there was no further attempt.</summary>
    public NoRetryReason NoRetry;

    /// <summary>Null if the call is not sampled.</summary>
    public Activity? Span;
}
