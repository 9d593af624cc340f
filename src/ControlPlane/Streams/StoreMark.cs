using Mesh.ControlPlane.Registry;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// Which history the versions on a stream belong to, and how far it is known: a sidecar that changes to another control plane
/// learns by it whether that one knows as much. Any thread.
/// </summary>
internal sealed class StoreMark(ServiceRegistry registry)
{
    /// <summary>What is in memory ends with the process, and so does its history.</summary>
    public string StoreId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>What is read after this holds every change up to it.</summary>
    public long Revision => registry.State.Revision;
}
