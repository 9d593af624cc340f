using System.Collections.Concurrent;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Identity;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Takes what the control plane sends into the directory, each resource by the row of its kind. What cannot be right is
/// rejected, and the last good one stays. For the stream's reader, apart from what is marked.
/// </summary>
internal sealed class ResourceIntake
{
    /// <summary>Kinds that we do not know, of which the log tells; whoever makes up more is not worth a line each.</summary>
    private const int MostUnknownKinds = 16;

    /// <summary>Of one answer: a control plane that sends more that makes no sense learns no more from the rest.</summary>
    private const int MostRejected = 100;

    private readonly Dictionary<string, ResourceKind> _kinds;
    private readonly ServiceDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly LineLimit _warnings;
    private readonly EndpointsKind _endpoints;

    /// <summary>Guards the kinds: the cache reads them while the stream's reader writes.</summary>
    private readonly Lock _gate = new();

    private readonly Holdings _holdings = new();

    private readonly ConcurrentDictionary<(string Service, string Kind), Rejection> _rejected = new();
    private readonly ConcurrentDictionary<(string Service, string Kind), KeptResource> _kept = new();
    private readonly HashSet<string> _unknownKinds = new(StringComparer.Ordinal);
    private ResourceAssembly _assembly = new();

    /// <param name="directory">What is taken goes there.</param>
    /// <param name="confirmTime">How long a control plane may take to name again what another one has named.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what is not taken.</param>
    /// <param name="push">Told which events the app is sent; null if nobody listens.</param>
    /// <param name="own">Who we are and whom we believe; null if that is not from the control plane.</param>
    public ResourceIntake(
        ServiceDirectory directory,
        Func<TimeSpan> confirmTime,
        TimeProvider time,
        Log log,
        Action<IReadOnlyList<Api.PushSubscription>>? push = null,
        OwnTrust? own = null)
    {
        _directory = directory;
        _time = time;
        _log = log;
        _warnings = new LineLimit(log, time);
        _endpoints = new EndpointsKind(directory, confirmTime, time, log);
        ResourceKind[] rows = [_endpoints, new PolicyKind(directory), new InboundKind(directory, push), new TrustKind(own)];
        _kinds = rows.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
    }

    /// <summary>What is not applied at present. Any thread.</summary>
    public IReadOnlyCollection<Rejection> Rejected => [.. _rejected.Values];

    /// <summary>What stays in force although the control plane does not know it. Any thread.</summary>
    public IReadOnlyCollection<KeptResource> Kept => [.. _kept.Values];

    /// <summary>Endpoints that cannot be used and are left out. Any thread.</summary>
    public int SkippedEndpoints => _endpoints.Skipped;

    /// <summary>When <see cref="OnConfirmTimeOver"/> is due; null if it is not.</summary>
    public TimeSpan? ConfirmTimeLeft
    {
        get
        {
            lock (_gate)
            {
                return _kinds.Values.Min(kind => kind.ConfirmTimeLeft);
            }
        }
    }

    public void OnConnected()
    {
        _assembly = new ResourceAssembly();
        lock (_gate)
        {
            _holdings.OnConnected();
            foreach (var kind in _kinds.Values)
            {
                kind.OnConnected();
            }
        }
    }

    public void OnLost()
    {
        lock (_gate)
        {
            foreach (var kind in _kinds.Values)
            {
                kind.OnLost();
            }
        }
    }

    /// <summary>Forgets what was not said again since the reconnect.</summary>
    public void OnConfirmTimeOver()
    {
        lock (_gate)
        {
            foreach (var kind in _kinds.Values)
            {
                kind.OnConfirmTimeOver();
            }
        }
    }

    /// <summary>Forgets services that the control plane is asked for no more. Any thread; in force with the directory's next publication.</summary>
    public void Forget(IReadOnlyList<string> services)
    {
        lock (_gate)
        {
            // One that was called again meanwhile is being asked for again.
            foreach (var service in services.Where(service => !_directory.IsWanted(service)))
            {
                foreach (var kind in _kinds.Values.Where(kind => !kind.IsWanted(service)))
                {
                    kind.Forget(service);
                    _holdings.Forget(kind.Name, service);
                    _rejected.TryRemove((service, kind.Name), out _);
                    _kept.TryRemove((service, kind.Name), out _);
                }

                _directory.Remove(service);
            }
        }
    }

    /// <summary>Applies a response; in force with the directory's next publication.</summary>
    /// <param name="response">As it came.</param>
    /// <param name="from">Who sent it, for the log.</param>
    /// <param name="changed">Set if there is something to publish.</param>
    /// <returns>The answer.</returns>
    public Api.Ack Apply(Api.DiscoveryResponse response, string from, ref bool changed)
    {
        var ack = new Api.Ack { Nonce = response.Nonce };
        var origin = new Origin(response.StoreId, response.Revision);
        foreach (var part in response.Resources)
        {
            // What nobody here has asked for is not kept, whoever sends it.
            if (_assembly.TryAdd(part, out var resource, out var fault) && IsWanted(resource))
            {
                fault = Apply(resource, fault, origin, from, ref changed);
                if (fault is not null && ack.Rejected.Count < MostRejected)
                {
                    ack.Rejected.Add(new Api.RejectedResource { Kind = resource.Kind, Name = resource.Name, Version = resource.Version, Error = fault });
                }
            }
        }

        return ack;
    }

    /// <summary>Takes what a former process has kept on disk.</summary>
    /// <returns>Why it is of no use; null if it is in force with the next publication.</returns>
    public string? Restore(Api.CachedResource cached)
    {
        var resource = cached.Resource ?? new Api.Resource();
        lock (_gate)
        {
            var fault = !_kinds.TryGetValue(resource.Kind, out var kind) ? $"is of kind '{resource.Kind}', which this sidecar does not know"
                : !kind.Want(resource.Name) ? "is not the name of a service that it could be of"
                : kind.Restore(resource, new Origin(cached.StoreId, cached.Revision));
            if (fault is null)
            {
                _holdings.OnRestored(resource);
            }

            return fault;
        }
    }

    /// <summary>All that is in force. Any thread.</summary>
    public List<Api.CachedResource> InForce()
    {
        lock (_gate)
        {
            return [.. _kinds.Values.SelectMany(kind => kind.InForce())];
        }
    }

    /// <summary>What was applied of what was said on this stream, for the control plane to compare.</summary>
    public Api.Holding Holding(bool itemized)
    {
        lock (_gate)
        {
            return _holdings.Tell(itemized);
        }
    }

    /// <summary>What we have of services from a store, so that it need not be sent again.</summary>
    public IEnumerable<Api.ResourceVersion> Known(IEnumerable<string> services, string storeId)
    {
        lock (_gate)
        {
            return [.. from service in services
                       from kind in _kinds.Values
                       let known = kind.Known(service)
                       where known is { } of && of.Origin.StoreId == storeId
                       select new Api.ResourceVersion { Kind = kind.Name, Name = service, Version = known.Value.Version }];
        }
    }

    /// <summary>Of a kind that we do not know, by whether its service is called: the log tells of it.</summary>
    private bool IsWanted(Api.Resource resource) =>
        _kinds.TryGetValue(resource.Kind, out var kind) ? kind.IsWanted(resource.Name) : _directory.IsWanted(resource.Name);

    private string? Apply(Api.Resource resource, string? fault, Origin origin, string from, ref bool changed)
    {
        if (!_kinds.TryGetValue(resource.Kind, out var kind))
        {
            if (_unknownKinds.Count < MostUnknownKinds && _unknownKinds.Add(resource.Kind))
            {
                _log.Warn($"the control plane at {from} sends resources of kind '{resource.Kind}', which this sidecar does not know; they are rejected");
            }

            return "kind: is none that this sidecar knows";
        }

        Verdict verdict;
        lock (_gate)
        {
            if (!kind.IsWanted(resource.Name))
            {
                return null; // it has just been forgotten
            }

            verdict = fault is null ? kind.Apply(resource, origin) : new Verdict(fault, Changed: false);
            if (verdict.Fault is null)
            {
                _holdings.OnApplied(resource);
            }
            else
            {
                changed |= kind.OnRejected(resource);
                _holdings.OnRejected(resource);
            }
        }

        changed |= verdict.Changed;
        Remember(resource, verdict, from);
        return verdict.Fault;
    }

    private void Remember(Api.Resource resource, Verdict verdict, string from)
    {
        var key = (resource.Name, resource.Kind);
        if (verdict.Fault is { } fault)
        {
            var before = _rejected.GetValueOrDefault(key);
            _rejected[key] = new Rejection(resource.Name, resource.Kind, resource.Version, fault, _time.GetUtcNow());
            if (before?.Version == resource.Version && before.Error == fault)
            {
                return; // said already
            }

            _warnings.Warn($"rejected the {resource.Kind} of {resource.Name}, version {resource.Version}; the last good one stays: {fault}");
            return;
        }

        _rejected.TryRemove(key, out _);
        if (verdict.Kept is not { } kept)
        {
            _kept.TryRemove(key, out _);
        }
        else if (_kept.TryAdd(key, kept))
        {
            _warnings.Warn(
                $"the control plane at {from} knows no {kept.Kind} of {kept.Service}, and less than the one that version {kept.Version} came from;"
                + $" that stays in force: apply it again, or delete it with 'meshctl delete {kept.Service} --allow-missing'");
        }
    }
}
