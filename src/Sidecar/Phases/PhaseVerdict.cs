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

    /// <summary>How long the call waits, or its caller is to wait before it tries again; 0 says nothing.</summary>
    public long Ticks { get; }

    /// <summary>What it is answered: a success is one that the mesh gives itself.</summary>
    public Outcome Outcome { get; }

    /// <summary>The phase is asked again after a time.</summary>
    /// <param name="ticks">Above 0; a deadline may end the call before.</param>
    public static PhaseVerdict Wait(long ticks) => new(PhaseStep.Wait, ticks, default);

    /// <summary>The call is answered here and goes no further.</summary>
    /// <param name="reason">Whose row of the table of reasons is the answer.</param>
    public static PhaseVerdict Answer(OutcomeReason reason) => new(PhaseStep.Answer, 0, Outcome.Failed(reason, OutcomeSource.Mesh));

    /// <inheritdoc cref="Answer(OutcomeReason)"/>
    /// <param name="reason">Whose row of the table of reasons is the answer.</param>
    /// <param name="retryAfter">When it may be tried again, in ticks from now.</param>
    public static PhaseVerdict Answer(OutcomeReason reason, long retryAfter) => new(PhaseStep.Answer, retryAfter, Outcome.Failed(reason, OutcomeSource.Mesh));

    /// <inheritdoc cref="Answer(OutcomeReason)"/>
    /// <param name="outcome">The answer, where its row leaves the statuses open.</param>
    public static PhaseVerdict Answer(in Outcome outcome) => new(PhaseStep.Answer, 0, outcome);

    /// <summary>The call is answered here, and well: 200 without a body.</summary>
    public static PhaseVerdict AnswerOk() => new(PhaseStep.Answer, 0, Outcome.Ok(grpcStatus: -1));
}
