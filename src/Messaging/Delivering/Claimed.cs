namespace Mesh.Messaging.Delivering;

/// <summary>What a consumer is given.</summary>
/// <param name="Deliveries">In the order in which they are to be worked on; may be none.</param>
/// <param name="IsMore">More is there: ask again at once.</param>
public sealed record Claimed(IReadOnlyList<Delivery> Deliveries, bool IsMore);
