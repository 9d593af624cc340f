using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Phases;

/// <summary>A process that is short of memory takes on no more calls.</summary>
/// <param name="memory">The process's.</param>
internal sealed class MemoryPhase(MemoryBudget memory) : Phase
{
    public override string Name => "memory";

    public override PhaseVerdict Enter(CallFacts call) =>
        memory.Pressure >= MemoryPressure.Refuse ? PhaseVerdict.Answer(OutcomeReason.MemoryExhausted) : PhaseVerdict.GoOn;
}
