namespace Mesh.ControlPlane.Registry;

/// <summary>What became of a registration or heartbeat, and what its sender is told.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Revision">The registry's, after it.</param>
/// <param name="Other">
/// HOST:PORT of another process with the same instance id: the one that has the lease, if this one was refused; one that was
/// refused, if this one has it. Empty if there is none.
/// </param>
internal readonly record struct RegisterAnswer(RegisterOutcome Outcome, long Revision, string Other = "");
