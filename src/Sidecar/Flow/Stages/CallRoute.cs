using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Step 4: where it goes.</summary>
internal struct CallRoute
{
    /// <summary>The service that the caller asks for; null as long as it is none that is known.</summary>
    public Cluster? Asked;

    /// <summary>Where the call goes: the same, or where its route leads.</summary>
    public Cluster? Cluster;

    /// <summary>Which of the places that its route leads to; null if it leads nowhere else.</summary>
    public RouteBackend? Backend;

    /// <summary>What is done with it.</summary>
    public ClusterRoute? Rule;

    /// <summary>In the worker's list of calls that wait for word of a service.</summary>
    public bool IsParked;

    /// <summary>How many phases it has to pass: those of its route, then those of where it goes.</summary>
    public readonly int PhaseCount => Rule!.Phases.Length + Cluster!.Phases.Length;

    /// <summary>One of them, in order.</summary>
    public readonly Phase PhaseAt(int index) => index < Rule!.Phases.Length ? Rule.Phases[index] : Cluster!.Phases[index - Rule.Phases.Length];
}
