namespace Mesh.ControlPlane.Streams;

/// <summary>What a sidecar has made of a resource.</summary>
/// <param name="Sidecar">For people: <c>SERVICE/INSTANCE</c>.</param>
/// <param name="Applied">The version that it has applied last, or <see cref="SentResource.None"/>.</param>
/// <param name="Error">Why it has rejected the last version that it has answered for; null if it has not.</param>
/// <param name="Rejected">The version that this is about; 0 if none is.</param>
internal sealed record ResourceReceipt(string Sidecar, long Applied, string? Error, long Rejected);
