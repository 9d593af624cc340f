namespace Mesh.Sidecar.Discovery;

/// <summary>Why a stream ended.</summary>
/// <param name="Reason">In a line.</param>
/// <param name="SaysWhere">The line holds the address.</param>
/// <param name="IsTold">The log has it already.</param>
internal readonly record struct StreamEnd(string Reason, bool SaysWhere = false, bool IsTold = false);
