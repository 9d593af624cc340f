using Google.Protobuf.WellKnownTypes;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Registry;

/// <summary>One instance as the registry holds it. Immutable but for the lease.</summary>
/// <param name="Instance">As it was after its last change; shared with every reader, never changed.</param>
/// <param name="Endpoint">The same as callers see it; shared, never changed.</param>
/// <param name="RegisteredAt">The revision of its last registration: the greater is the newer.</param>
/// <param name="Lease">Its right to be here.</param>
internal sealed record RegisteredInstance(Instance Instance, Endpoint Endpoint, long RegisteredAt, Lease Lease)
{
    /// <summary>A copy of the instance with the heartbeat as of now.</summary>
    public Instance ToMessage()
    {
        var message = Instance.Clone();
        message.LastHeartbeat = Lease.LastHeartbeat.ToTimestamp();
        return message;
    }
}
