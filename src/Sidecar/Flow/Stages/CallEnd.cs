using System.Diagnostics;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Steps 7 and 8: how it ended.</summary>
internal struct CallEnd
{
    /// <summary>Of the last attempt, and at the end of the call.</summary>
    public Outcome Outcome;

    public bool IsRecorded;

    /// <summary>Null if the call is not sampled.</summary>
    public Activity? Span;
}
