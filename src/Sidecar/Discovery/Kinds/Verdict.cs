namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>What became of a resource.</summary>
/// <param name="Fault">Why it was not applied; null if it was.</param>
/// <param name="Changed">Whether there is something to publish.</param>
/// <param name="Kept">What holds in its stead since whoever sent it knows less than whoever sent that; null if nothing does.</param>
internal readonly record struct Verdict(string? Fault, bool Changed, KeptResource? Kept = null);
