namespace Mesh.ControlPlane.Registry;

/// <summary>
/// An instance's right to be in the registry. Mutable, and changed under the registry's lock only;
/// <see cref="LastHeartbeat"/> may be read from anywhere.
/// </summary>
internal sealed class Lease(string service, string instanceId)
{
    private long _lastHeartbeatTicks;
    private TaskCompletionSource? _ending;
    private ChangeAllowance _changes;

    public string Service { get; } = service;

    public string InstanceId { get; } = instanceId;

    public LeaseState State { get; private set; }

    /// <summary>When it runs out, on the registry's own clock.</summary>
    public TimeSpan Deadline { get; private set; }

    /// <summary>It has run out by a clock that was late; what lay in the sockets meanwhile has been given time to be read.</summary>
    public bool HasSecondLook { get; private set; }

    /// <summary>The stream that renews it; null once that is broken, and until there is one.</summary>
    public LeaseHolder? Holder { get; set; }

    /// <summary>Of the process that has it; empty if it names none.</summary>
    public string Incarnation { get; set; } = "";

    /// <summary>The control plane that renews it; empty where there is only one.</summary>
    public string Owner { get; set; } = "";

    /// <summary>HOST:PORT of the process that has it.</summary>
    public string Address { get; set; } = "";

    /// <summary>Known from the store; its process has not been heard of since the start.</summary>
    public bool IsRestored { get; set; }

    /// <summary>It is in the queue of those that are going to run out.</summary>
    public bool IsQueued { get; set; }

    /// <summary>HOST:PORT of a process that wanted it and was refused, until the holder has been told; null if there is none.</summary>
    public string? Contender { get; set; }

    /// <summary>
    /// What its stream has said and is being stored: nothing else is read from it meanwhile, and the answer is waited for there. However
    /// long the store takes, the lease does not run out over it.
    /// </summary>
    public int StoresUnderWay { get; set; }

    /// <summary>What its instance is to become when more may be stored; null if it is as its sidecar has said.</summary>
    public HeldChange? Held { get; set; }

    /// <summary>When it was last renewed, UTC.</summary>
    public DateTimeOffset LastHeartbeat => new(Volatile.Read(ref _lastHeartbeatTicks), TimeSpan.Zero);

    /// <inheritdoc cref="ChangeAllowance.TryTake"/>
    public bool TryChange(TimeSpan now, RegistryOptions options) => _changes.TryTake(now, options);

    /// <inheritdoc cref="ChangeAllowance.NextAt"/>
    public TimeSpan NextChangeAt(RegistryOptions options) => _changes.NextAt(options);

    public void Renew(TimeSpan deadline, DateTimeOffset now)
    {
        Deadline = deadline;
        HasSecondLook = false;
        Volatile.Write(ref _lastHeartbeatTicks, now.UtcTicks);
    }

    /// <summary>Lasts a little longer, once.</summary>
    public void LookAgain(TimeSpan deadline)
    {
        Deadline = deadline;
        HasSecondLook = true;
    }

    /// <summary>Its stream is broken: from now on it lasts one TTL.</summary>
    public void Release(TimeSpan deadline)
    {
        Holder = null;
        Deadline = deadline;
    }

    public void BeginEnd()
    {
        State = LeaseState.Ending;
        _ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Completes when a removal under way is done, or has failed.</summary>
    public Task Ending => _ending?.Task ?? Task.CompletedTask;

    /// <summary>The removal has failed; the instance is still there.</summary>
    public void Revive(TimeSpan deadline)
    {
        State = LeaseState.Live;
        Deadline = deadline;
        _ending?.TrySetResult();
    }

    public void End()
    {
        State = LeaseState.Over;
        _ending?.TrySetResult();
    }
}
