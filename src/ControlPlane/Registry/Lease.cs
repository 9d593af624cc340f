namespace Mesh.ControlPlane.Registry;

/// <summary>
/// An instance's right to be in the registry. Mutable, and changed under the registry's lock only;
/// <see cref="LastHeartbeat"/> may be read from anywhere.
/// </summary>
internal sealed class Lease(string service, string instanceId)
{
    private long _lastHeartbeatTicks;

    public string Service { get; } = service;

    public string InstanceId { get; } = instanceId;

    /// <summary>When it runs out, on the registry's own clock.</summary>
    public TimeSpan Deadline { get; private set; }

    /// <summary>The stream that renews it; null once that is broken.</summary>
    public LeaseHolder? Holder { get; set; }

    /// <summary>The instance is gone from the registry; the lease must not be renewed any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>When it was last renewed, UTC.</summary>
    public DateTimeOffset LastHeartbeat => new(Volatile.Read(ref _lastHeartbeatTicks), TimeSpan.Zero);

    public void Renew(TimeSpan deadline, DateTimeOffset now)
    {
        Deadline = deadline;
        Volatile.Write(ref _lastHeartbeatTicks, now.UtcTicks);
    }

    /// <summary>Its stream is broken: from now on it lasts one TTL.</summary>
    public void Release(TimeSpan deadline)
    {
        Holder = null;
        Deadline = deadline;
    }
}
