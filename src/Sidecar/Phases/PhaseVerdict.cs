using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>What a phase says to a call.</summary>
internal readonly struct PhaseVerdict
{
    private PhaseVerdict(PhaseStep step, long ticks, Outcome outcome)
    {
        Step = step;
        Ticks = ticks;
        Outcome = outcome;
    }

    public static PhaseVerdict GoOn => default;

    public PhaseStep Step { get; }

    /// <summary>How long the call waits.</summary>
    public long Ticks { get; }

    /// <summary>What it is answered: a success is one that the mesh gives itself.</summary>
    public Outcome Outcome { get; }

    /// <summary>The phase is asked again after a time.</summary>
    /// <param name="ticks">Above 0; a deadline may end the call before.</param>
    public static PhaseVerdict Wait(long ticks) => new(PhaseStep.Wait, ticks, default);

    /// <summary>The call is answered here and goes no further.</summary>
    /// <param name="reason">Whose row of the table of reasons is the answer.</param>
    public static PhaseVerdict Answer(OutcomeReason reason) => new(PhaseStep.Answer, 0, Outcome.Failed(reason, OutcomeSource.Mesh));

    /// <summary>The call is answered here, and well: 200 without a body.</summary>
    public static PhaseVerdict AnswerOk() => new(PhaseStep.Answer, 0, Outcome.Ok(grpcStatus: -1));
}
