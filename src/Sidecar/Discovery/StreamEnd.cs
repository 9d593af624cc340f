namespace Mesh.Sidecar.Discovery;

/// <summary>Why a stream ended.</summary>
/// <param name="Reason">In a line.</param>
/// <param name="SaysWhere">The line holds the address.</param>
/// <param name="IsTold">The log has it already.</param>
/// <param name="IsMove">Nothing is wrong: another control plane is used from now on.</param>
internal readonly record struct StreamEnd(string Reason, bool SaysWhere = false, bool IsTold = false, bool IsMove = false);
