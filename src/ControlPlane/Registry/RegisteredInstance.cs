using Google.Protobuf.WellKnownTypes;
using Mesh.Store.V1;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Registry;

/// <summary>One instance as the registry holds it. Immutable but for the lease.</summary>
/// <param name="Instance">As it was after its last change; shared with every reader, never changed.</param>
/// <param name="Endpoint">The same as callers see it; shared, never changed.</param>
/// <param name="Registered">When it last registered: the later is the newer.</param>
/// <param name="Incarnation">Of the process that did; empty if it named none.</param>
/// <param name="Owner">The control plane that renews its lease; empty where there is only one.</param>
/// <param name="Lease">Its right to be here.</param>
/// <param name="Bytes">Of its record in the store.</param>
internal sealed record RegisteredInstance(
    Instance Instance, Endpoint Endpoint, Timestamp Registered, string Incarnation, string Owner, Lease Lease, int Bytes)
{
    /// <summary>Of its last change.</summary>
    public long Revision => Instance.Revision;

    /// <summary>Reads its record, as of a revision.</summary>
    public static RegisteredInstance Of(StoredInstance stored, int bytes, long revision, Lease lease)
    {
        stored.Instance.Revision = revision;
        stored.Instance.LastHeartbeat = lease.LastHeartbeat.ToTimestamp();
        return new RegisteredInstance(
            stored.Instance, EndpointOf.Instance(stored.Instance), stored.Registered ?? stored.Instance.RegisterTime, stored.Incarnation, stored.Owner, lease, bytes);
    }

    /// <summary>A copy of the instance with the heartbeat as of now.</summary>
    public Instance ToMessage()
    {
        var message = Instance.Clone();
        message.LastHeartbeat = Lease.LastHeartbeat.ToTimestamp();
        return message;
    }
}
