namespace Mesh.Policy.Ejecting;

/// <summary>An endpoint that does worse than it should, and by what.</summary>
/// <param name="Index">Which, among those that were compared.</param>
/// <param name="Calls">It had in the interval.</param>
/// <param name="Successes">Percent of them that succeeded.</param>
/// <param name="Least">Percent that would have been enough.</param>
public readonly record struct Outlier(int Index, long Calls, double Successes, double Least);
