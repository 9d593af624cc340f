namespace Mesh.ControlPlane.Registry;

/// <summary>What a registration has come to as to its lease.</summary>
/// <param name="Outcome">Whether it has it, or why not.</param>
internal readonly record struct ClaimedLease(RegisterOutcome Outcome)
{
    /// <summary>The lease, if there is one.</summary>
    public Lease? Lease { get; init; }

    /// <summary>Nobody had it before.</summary>
    public bool IsNew { get; init; }

    public LeaseClaim.Verdict Verdict { get; init; }

    /// <summary>The stream that has lost it; null if none has.</summary>
    public LeaseHolder? Former { get; init; }

    /// <summary>HOST:PORT of the process that had it.</summary>
    public string? FormerAddress { get; init; }

    /// <summary>HOST:PORT of the process that has it, if this one was refused.</summary>
    public string? Other { get; init; }
}
