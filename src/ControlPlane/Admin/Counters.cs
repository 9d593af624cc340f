namespace Mesh.ControlPlane.Admin;

/// <summary>What happened since the start, for /metrics. Any thread.</summary>
internal sealed class Counters
{
    private long _leasesExpired;
    private long _watchesRestarted;
    private long _pushes;
    private long _acks;
    private long _rejects;
    private long _repairs;
    private long _registrationsRefused;
    private long _messagesUnreadable;
    private long _connectionsClosedIdle;

    public long LeasesExpired => Interlocked.Read(ref _leasesExpired);

    public long WatchesRestarted => Interlocked.Read(ref _watchesRestarted);

    public long Pushes => Interlocked.Read(ref _pushes);

    public long Acks => Interlocked.Read(ref _acks);

    public long Rejects => Interlocked.Read(ref _rejects);

    public long Repairs => Interlocked.Read(ref _repairs);

    public long RegistrationsRefused => Interlocked.Read(ref _registrationsRefused);

    public long MessagesUnreadable => Interlocked.Read(ref _messagesUnreadable);

    public long ConnectionsClosedIdle => Interlocked.Read(ref _connectionsClosedIdle);

    public void LeaseExpired() => Interlocked.Increment(ref _leasesExpired);

    public void WatchRestarted() => Interlocked.Increment(ref _watchesRestarted);

    public void Pushed() => Interlocked.Increment(ref _pushes);

    public void Acknowledged() => Interlocked.Increment(ref _acks);

    public void Rejected() => Interlocked.Increment(ref _rejects);

    public void Repaired(int resources) => Interlocked.Add(ref _repairs, resources);

    public void RegistrationRefused() => Interlocked.Increment(ref _registrationsRefused);

    public void MessageUnreadable() => Interlocked.Increment(ref _messagesUnreadable);

    public void ConnectionClosedIdle() => Interlocked.Increment(ref _connectionsClosedIdle);
}
