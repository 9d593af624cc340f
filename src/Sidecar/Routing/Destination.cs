using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>Where the calls of a listener go: step 4 of the path. Immutable.</summary>
internal abstract class Destination
{
    /// <summary>The service's cluster in the call's snapshot; null if nothing is known of it.</summary>
    public abstract Cluster? Find(MeshSnapshot snapshot, HeaderList request);

    /// <summary>Asks for word of the service; false if nobody could give it.</summary>
    public abstract bool Want(HeaderList request);

    /// <summary>The service's name as the caller wrote it, for messages.</summary>
    public abstract ReadOnlySpan<byte> NameFor(HeaderList request);
}
