using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// One policy of a route or a cluster that a call passes before its first attempt: says go on, wait or answer, and knows nothing of
/// the protocol. Compiled when a snapshot is made, shared by all loops; what it keeps of a call it takes back in <see cref="Leave"/>.
/// A policy that is not configured is no phase, and costs nothing.
/// </summary>
internal abstract class Phase
{
    /// <summary>For people: how it is called where a call's way is explained.</summary>
    public abstract string Name { get; }

    /// <summary>For people: what it allows, in the message of who is refused.</summary>
    public virtual string Limit => "";

    /// <summary>The call comes by.</summary>
    public abstract PhaseVerdict Enter(CallFacts call);

    /// <summary>The time is up that <see cref="Enter"/>, or this, has asked for.</summary>
    public virtual PhaseVerdict Resume(CallFacts call) => PhaseVerdict.GoOn;

    /// <summary>The call is over, however it went: once for each that was let on.</summary>
    /// <param name="call">The same.</param>
    /// <param name="outcome">How it ended.</param>
    public virtual void Leave(CallFacts call, in Outcome outcome)
    {
    }
}
