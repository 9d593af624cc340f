namespace Mesh.Bench.Load.Reporting;

/// <summary>Who was asked to take part.</summary>
/// <param name="Name">The proxy.</param>
/// <param name="Version">Of what ran; null if it did not.</param>
/// <param name="Missing">Why it did not.</param>
internal sealed record Participant(string Name, string? Version, string? Missing);
