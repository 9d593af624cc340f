using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>
/// A phase as a newcomer would write it: calls with the header "x-toll: refuse" are refused, with "x-toll: N" wait N ms. It also keeps
/// hold of the last call, for tests that do with it what no policy does yet.
/// </summary>
internal sealed class CatchPhase : Phase
{
    public override string Name => "toll";

    public Exchange Last { get; private set; } = null!;

    /// <summary>Calls that were let on.</summary>
    public int Entered { get; private set; }

    /// <summary>How those have ended.</summary>
    public List<Outcome> Left { get; } = [];

    /// <summary>The service goes through this phase as well.</summary>
    public void Install(FlowRig rig)
    {
        var cluster = rig.Cluster;
        var route = cluster.DefaultRoute;
        var with = new ClusterRoute(route.Name, [], route.Timeouts, route.Retry, route.Budget, [.. route.Phases, this]);
        rig.Worker.InForce.Replace(new MeshSnapshot(rig.Worker.Snapshot.Version + 1, [cluster with { DefaultRoute = with }], isWhole: true), []);
    }

    public override PhaseVerdict Enter(CallFacts call)
    {
        Last = (Exchange)call;
        if (!call.TryGetHeader("x-toll"u8, out var toll))
        {
            return Resume(call);
        }

        return toll.SequenceEqual("refuse"u8)
            ? PhaseVerdict.Answer(OutcomeReason.Overflow)
            : PhaseVerdict.Wait(int.Parse(toll, null) * TimeSpan.TicksPerMillisecond);
    }

    public override PhaseVerdict Resume(CallFacts call)
    {
        Entered++;
        return PhaseVerdict.GoOn;
    }

    public override void Leave(CallFacts call, in Outcome outcome) => Left.Add(outcome);
}
