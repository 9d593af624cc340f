namespace Mesh.Sidecar.Phases;

/// <summary>What becomes of a call at a phase.</summary>
internal enum PhaseStep
{
    /// <summary>It goes on.</summary>
    GoOn,

    /// <summary>It waits, and comes back to the same phase.</summary>
    Wait,

    /// <summary>It is answered.</summary>
    Answer,
}
