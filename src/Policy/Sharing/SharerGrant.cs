namespace Mesh.Policy.Sharing;

/// <summary>What one that shares a limit is to be told.</summary>
/// <param name="Id">Who.</param>
/// <param name="Part">Its part of the limit.</param>
/// <param name="Sharers">How many share it.</param>
public readonly record struct SharerGrant(ulong Id, double Part, int Sharers);
