namespace Mesh.Bench.Load.Processes;

/// <summary>Memory of a process and its descendants, in bytes.</summary>
/// <param name="Rss">Resident; pages that several of them share count several times.</param>
/// <param name="Pss">Each page by its share: what they cost together.</param>
internal readonly record struct MemoryUse(long Rss, long Pss);
