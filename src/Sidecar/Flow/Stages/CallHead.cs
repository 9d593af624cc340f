using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Steps 2 and 3: what its caller says, and what holds for it from then on.</summary>
internal struct CallHead
{
    private MeshSnapshot? _snapshot;

    /// <summary>What its caller speaks.</summary>
    public CallProtocol Protocol;

    /// <summary>Attempts that the caller itself has made before.</summary>
    public int CallerAttempts;

    /// <summary>It names no trace, and we have begun one for it.</summary>
    public bool BeginsTrace;

    /// <summary>Sidecars that it has passed, this one included.</summary>
    public int HopCount;

    /// <summary>In the loop's ticks.</summary>
    public long Started;

    /// <summary>In the loop's ticks; <see cref="long.MaxValue"/> is none.</summary>
    public long DeadlineAt;

    /// <summary>The one that the caller chose, in the loop's ticks; <see cref="long.MaxValue"/> is none.</summary>
    public long CallersDeadlineAt;

    /// <summary>One for the whole call.</summary>
    public MeshSnapshot Snapshot
    {
        readonly get => _snapshot ?? MeshSnapshot.Empty;
        set => _snapshot = value;
    }

    /// <summary>The deadline in force is the caller's, not the route's.</summary>
    public readonly bool IsDeadlineCallers => DeadlineAt == CallersDeadlineAt;
}
