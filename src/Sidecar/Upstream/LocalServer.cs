using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// What answers calls within the sidecar: an endpoint that has one is connected to without a socket, and is in all else as any other.
/// </summary>
internal abstract class LocalServer
{
    /// <summary>Takes the requests of one loop's connections. On that loop's thread.</summary>
    /// <param name="worker">Whose loop.</param>
    public abstract IConnectionHandler On(Workers.WorkerLoop worker);
}
