using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Records;

namespace Mesh.Diagnosis;

/// <summary>One link of the chain from a call to its first cause.</summary>
/// <param name="Cause">Which.</param>
/// <param name="At">The call by which it is seen.</param>
/// <param name="Where">Whom it is about: an instance, a service, or a sidecar.</param>
/// <param name="Detail">What is known of it beyond what the cause means: numbers, names, the sidecar's own words.</param>
public sealed record CauseLink(Cause Cause, Witness At, string Where, string Detail);

/// <summary>What became of a call, and why.</summary>
/// <param name="Call">The call.</param>
/// <param name="Path">From it to where its failure began: each the same call at the next sidecar, or what was called for it.</param>
/// <param name="Links">The causes: the nearest first, the first cause last. At least one.</param>
public sealed record Finding(Witness Call, IReadOnlyList<Witness> Path, IReadOnlyList<CauseLink> Links)
{
    /// <summary>Where it began.</summary>
    public CauseLink First => Links[^1];
}
