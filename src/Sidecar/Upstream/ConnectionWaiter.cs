using Mesh.Policy.Outcomes;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Upstream;

/// <summary>What wants a stream at an endpoint and may have to wait for one: the request path's attempts.</summary>
internal abstract class ConnectionWaiter : LinkedQueueItem<ConnectionWaiter>
{
    /// <summary>For a connection that is made for it, in ticks.</summary>
    public abstract long ConnectTimeout { get; }

    /// <summary>Another endpoint could serve it.</summary>
    public abstract bool HasAlternative { get; }

    /// <summary>An endpoint is left where it has not been.</summary>
    public abstract bool HasUntried { get; }

    /// <summary>There is a connection with room.</summary>
    public abstract void OnConnection(MessageConnection connection);

    /// <summary>No connection can be had.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isBlamed">Whether the endpoint's breaker is told by this one, of those that waited for the same connection.</param>
    public abstract void OnNoConnection(OutcomeReason reason, bool isBlamed);
}
