namespace Mesh.Policy.Sharing;

/// <summary>One that shares a limit.</summary>
/// <param name="Id">Which.</param>
/// <param name="Wanted">What it needs, in parts of the whole limit, let on or not.</param>
/// <param name="Kept">0 while it is there; of one that is gone, what it may still have.</param>
public readonly record struct Sharer(ulong Id, double Wanted, double Kept = 0);
