using System.Text;
using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Circuits;
using Mesh.Wire.Buffers;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Services;

/// <summary>
/// Collects what is said of services, by a static file or by the control plane, and turns it into snapshots for the
/// workers. Any thread may call it.
/// </summary>
/// <param name="loops">Which go by the snapshots.</param>
/// <param name="isWhole">All there is will be said before the first call: a name that was not said does not exist.</param>
/// <param name="time">The clock.</param>
/// <param name="circuits">Told what becomes of endpoints' circuits; null if nobody listens.</param>
/// <param name="memory">The process's; null bounds nothing.</param>
/// <param name="local">What the sidecar answers itself, in every snapshot and before any service of that name; null if nothing.</param>
/// <param name="app">The app beside the sidecar; null if there is none.</param>
/// <param name="vantage">Where the sidecar stands; null if that is of no matter.</param>
/// <param name="caller">For whom it calls; null if that is of no matter.</param>
internal sealed class ServiceDirectory(
    IReadOnlyList<LoopSnapshot> loops,
    bool isWhole,
    TimeProvider time,
    CircuitLog? circuits = null,
    MemoryBudget? memory = null,
    Cluster? local = null,
    Sole? app = null,
    Vantage? vantage = null,
    CallerIdentity? caller = null)
{
    /// <summary>How long a call waits for the control plane's word on a service nobody here has called before.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();

    private readonly Dictionary<string, ServiceRecord> _services = new(StringComparer.Ordinal);
    private readonly List<Upstream.Endpoint> _removed = [];
    private Cluster? _inbound = app?.Build();
    private bool _isInboundSaid;
    private string? _outOfReach;
    private string? _crowded;
    private long _version;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A service was asked for that nothing is known of. Raised once per name; on any thread.</summary>
    public event Action<string>? Wanted;

    /// <summary>The services that are called, or were declared to be. With a lock of its own, since loops take it: ours is held for as long as a snapshot is made.</summary>
    public WantedNames Names { get; } = new(time);

    /// <summary>The newest snapshot.</summary>
    public MeshSnapshot Current { get; private set; } = new(0, local is null ? [] : [local], isWhole, inbound: app?.Build());

    /// <summary>The service beside the sidecar, whose calls come in through it; null if there is none.</summary>
    public string? InboundService { get; } = app?.Service;

    /// <summary>Something was said of how calls are treated that come in, if only that the defaults hold.</summary>
    public bool IsInboundSaid => Volatile.Read(ref _isInboundSaid);

    /// <summary>The limits that hold for other sidecars as well, as <see cref="Current"/> has them. The same object until there are others.</summary>
    public IReadOnlyList<SharedLimiter> SharedLimits { get; private set; } = [];

    /// <summary>The time in the loops' ticks.</summary>
    public long Now => time.GetElapsedTime(0).Ticks;

    /// <summary>Completes with the next snapshot. To miss none, take it before looking at <see cref="Current"/>.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>When <see cref="Current"/> was made.</summary>
    public DateTimeOffset CurrentSince { get; private set; } = time.GetUtcNow();

    /// <summary>The endpoints of a service. In force with the next <see cref="Publish"/>.</summary>
    /// <returns>Whether enough is known of the service to be published.</returns>
    public bool SetEndpoints(string service, long version, bool isKnown, IReadOnlyList<Api.Endpoint> endpoints)
    {
        lock (_gate)
        {
            var record = Record(service);
            record.SetEndpoints(version, isKnown, endpoints);
            return record.IsComplete;
        }
    }

    /// <summary>A policy without the routes that are for other callers' calls.</summary>
    public ServicePolicyOptions Ours(ServicePolicyOptions policy) => policy.For(caller?.Service ?? "", caller?.Version ?? "");

    /// <summary>How a service is called, as <see cref="Ours"/>. In force with the next <see cref="Publish"/>.</summary>
    /// <returns>Whether enough is known of the service to be published.</returns>
    public bool SetPolicy(string service, long version, ServicePolicyOptions policy)
    {
        lock (_gate)
        {
            var record = Record(service);
            record.SetPolicy(version, policy, Now);
            return record.IsComplete;
        }
    }

    /// <summary>The same, unless it has a policy already.</summary>
    public bool SetPolicyIfNone(string service, ServicePolicyOptions policy)
    {
        lock (_gate)
        {
            var record = Record(service);
            if (record.HasPolicy)
            {
                return false;
            }

            record.SetPolicy(version: 0, policy, Now);
            return record.IsComplete;
        }
    }

    /// <summary>
    /// Something was said of where a service is that is of no use: if nothing else is known, it has no endpoint. Those who wait for a
    /// word of it have it.
    /// </summary>
    public bool SetEndpointsIfNone(string service, long version)
    {
        lock (_gate)
        {
            var record = Record(service);
            if (record.HasEndpoints)
            {
                return false;
            }

            record.SetEndpoints(version, isKnown: true, []);
            return record.IsComplete;
        }
    }

    /// <summary>How the calls are treated that come in. In force with the next <see cref="Publish"/>; only where there is an app.</summary>
    public void SetInbound(long version, ServicePolicyOptions policy)
    {
        lock (_gate)
        {
            _inbound = app!.Build(policy, version, Now);
            Volatile.Write(ref _isInboundSaid, true);
        }
    }

    /// <summary>What was said of it is of no use: what held before does.</summary>
    /// <returns>Whether this is the first word.</returns>
    public bool KeepInbound()
    {
        lock (_gate)
        {
            var isFirst = !_isInboundSaid;
            Volatile.Write(ref _isInboundSaid, true);
            return isFirst;
        }
    }

    /// <summary>The service is spoken of no more. In force with the next <see cref="Publish"/>.</summary>
    public void Remove(string service)
    {
        lock (_gate)
        {
            if (_services.Remove(service, out var record))
            {
                _removed.AddRange(record.Endpoints);
            }
        }
    }

    /// <summary>
    /// Whether the control plane can be asked of services that nothing is known of. While it cannot, calls for them fail at once
    /// and do not wait. Publishes a snapshot if that changes.
    /// </summary>
    /// <param name="why">Why it cannot, for the callers; null if it can.</param>
    public void SetOutOfReach(string? why)
    {
        lock (_gate)
        {
            if (_outOfReach == why)
            {
                return;
            }

            _outOfReach = why;
        }

        Publish();
    }

    /// <summary>The same for names that there is no room for.</summary>
    /// <param name="why">For the callers; null if there is.</param>
    public void SetCrowded(string? why)
    {
        lock (_gate)
        {
            if (_crowded == why)
            {
                return;
            }

            _crowded = why;
        }

        Publish();
    }

    /// <summary>Makes a snapshot of what was said and hands it to the workers.</summary>
    public void Publish()
    {
        lock (_gate)
        {
            var clusters = new List<Cluster>();
            var gone = new List<Upstream.Endpoint>(_removed);
            _removed.Clear();
            var now = Now;
            foreach (var record in _services.Values)
            {
                if (record.Build(gone, CanFollow, now) is { } cluster && cluster.Name != local?.Name)
                {
                    clusters.Add(cluster);
                }
            }

            if (local is not null)
            {
                clusters.Add(local);
            }

            Current = new MeshSnapshot(++_version, clusters, isWhole, _outOfReach ?? _crowded, _inbound, Current);
            CurrentSince = time.GetUtcNow();
            if (FindSharedLimits() is var shared && !shared.SequenceEqual(SharedLimits))
            {
                SharedLimits = shared;
            }

            // Under the lock, so that no loop is handed an older snapshot after a newer one.
            foreach (var loop in loops)
            {
                var snapshot = Current;
                loop.Worker.Loop.Post(() => loop.Replace(snapshot, gone));
            }

            var changed = _changed;
            Volatile.Write(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            changed.SetResult();
        }
    }

    /// <summary>Has those endpoints left alone that do worse than others of their service, where policies ask for it.</summary>
    public void EjectOutliers()
    {
        lock (_gate)
        {
            foreach (var record in _services.Values)
            {
                record.EjectOutliers(Now);
            }
        }
    }

    /// <summary>A caller asks for a service that the snapshot does not have.</summary>
    /// <returns>Whether word of it may come, in a later snapshot: it is a name. If there are too many, room is made.</returns>
    public bool Want(ReadOnlySpan<byte> service) => Want(service, isDeclared: false);

    /// <summary>A service is known to be called, and never forgotten.</summary>
    public void Declare(ReadOnlySpan<byte> service) => Want(service, isDeclared: true);

    /// <summary>Whether a service is called, or was declared to be.</summary>
    public bool IsWanted(string service) => Names.Find(service) is not null;

    /// <summary>The control plane is asked for these no more. What is known of them goes with <see cref="Remove"/>.</summary>
    public void Unwant(IReadOnlyList<string> services)
    {
        foreach (var service in services)
        {
            Names.Remove(service);
        }
    }

    /// <summary>The services that nobody has called for long, and no route leads to.</summary>
    /// <param name="mayForgetKnown">Whether what is known of one could be learnt again.</param>
    public IReadOnlyList<string> Idle(bool mayForgetKnown)
    {
        lock (_gate)
        {
            var targets = _services.Values.SelectMany(record => record.Targets).ToHashSet(StringComparer.Ordinal);
            return Names.Idle(
                name => targets.Contains(name) || (_services.TryGetValue(name, out var record) && record.IsCalled),
                name => _services.TryGetValue(name, out var record) && record.IsKnown,
                mayForgetKnown);
        }
    }

    /// <summary>Asks for where policies lead that cannot be followed yet: there may have been no room when they came.</summary>
    public void WantTargets()
    {
        List<string> targets;
        lock (_gate)
        {
            targets = [.. _services.Values.Where(record => !record.IsPolicyFollowed).SelectMany(record => record.Targets)];
        }

        foreach (var target in targets)
        {
            Want(Encoding.UTF8.GetBytes(target));
        }
    }

    /// <summary>Whether a policy has waited too long for a word of where it leads: the next <see cref="Publish"/> goes on without.</summary>
    public bool IsPolicyOverdue
    {
        get
        {
            lock (_gate)
            {
                var now = Now;
                return _services.Values.Any(record => record.IsPolicyOverdue(now));
            }
        }
    }

    private bool Want(ReadOnlySpan<byte> service, bool isDeclared)
    {
        // Nobody is asked for what we answer ourselves, wherever a route leads.
        if (isWhole || !DnsLabel.IsValid(service) || (local is not null && service.SequenceEqual(local.Key)))
        {
            return false;
        }

        if (Names.Add(service, isDeclared) is { } name)
        {
            Wanted?.Invoke(name);
        }

        return true;
    }

    /// <summary>
    /// Whether every service a policy leads to is known: until then calls keep to the former policy, since a route to
    /// nowhere would fail them.
    /// </summary>
    private bool CanFollow(ServicePolicyOptions policy)
    {
        if (isWhole)
        {
            return true;
        }

        return policy.Targets.All(target => _services.TryGetValue(target, out var record) && record.IsComplete);
    }

    private List<SharedLimiter> FindSharedLimits() =>
    [
        .. _services.Values.SelectMany(record => record.SharedLimits),
        .. app?.RateLimiters.Shared.Select(one => new SharedLimiter(ConfigKindName.Inbound, app.Service, one.Route, one.Index, one.Limiter)) ?? [],
    ];

    private ServiceRecord Record(string service)
    {
        if (!_services.TryGetValue(service, out var record))
        {
            _services[service] = record = new ServiceRecord(service, Names.Find(service), circuits, memory ?? MemoryBudget.Unlimited, vantage ?? Vantage.None);
        }

        return record;
    }
}
