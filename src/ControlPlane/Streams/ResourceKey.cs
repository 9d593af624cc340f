namespace Mesh.ControlPlane.Streams;

/// <summary>Names one resource.</summary>
/// <param name="Kind">A row of <see cref="ResourceKinds"/>.</param>
/// <param name="Name">The service whose it is, and whose subscribers it concerns.</param>
internal readonly record struct ResourceKey(ResourceKind Kind, string Name);
