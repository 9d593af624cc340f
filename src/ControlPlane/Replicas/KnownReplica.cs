namespace Mesh.ControlPlane.Replicas;

/// <summary>A control plane that is alive, as the store says.</summary>
/// <param name="Name">Of its session.</param>
/// <param name="Address">Where its API is reached; empty if it did not say.</param>
/// <param name="Started">When its session was opened.</param>
/// <param name="Leads">It does what only one of them does.</param>
/// <param name="IsSelf">It is this one.</param>
internal sealed record KnownReplica(string Name, string Address, DateTimeOffset Started, bool Leads, bool IsSelf);
