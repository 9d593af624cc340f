using Mesh.ControlPlane.Store;
using Mesh.Store.V1;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// A state on its way to the next: takes what the store has made, revision by revision, and says what that means to those
/// who watch. However many revisions, each service touched is built once. Used under the registry's lock.
/// </summary>
/// <param name="before">What it begins with.</param>
/// <param name="leases">Of all instances.</param>
/// <param name="owner">This control plane; empty where there is only one.</param>
internal sealed class RegistryDraft(RegistryState before, LeaseTable leases, string owner)
{
    private readonly Dictionary<string, ServiceDraft> _touched = new(StringComparer.Ordinal);
    private int _instances = before.InstanceCount;
    private long _bytes = before.Bytes;

    /// <summary>Streams whose leases another control plane has now.</summary>
    public List<LeaseHolder> Yielded { get; } = [];

    /// <summary>What has happened to instances, in order.</summary>
    public List<RegistryChange> Changes { get; } = [];

    /// <summary>Of which services callers see something else.</summary>
    public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>Which services have lost their last instance, or the last that was known of them.</summary>
    public HashSet<string> Stopped { get; } = new(StringComparer.Ordinal);

    /// <summary>Which services that were touched have instances.</summary>
    public HashSet<string> Served { get; } = new(StringComparer.Ordinal);

    public void Apply(StoreRevision revision)
    {
        var reasons = RemovalReasons.Of(revision);
        foreach (var (key, value) in revision.Changes)
        {
            Apply(key, value, revision.Revision, reasons);
        }
    }

    /// <summary>The state at a revision.</summary>
    public RegistryState Finish(long revision)
    {
        if (_touched.Count == 0)
        {
            return before with { Revision = revision };
        }

        var services = before.Services.ToBuilder();
        foreach (var (name, draft) in _touched)
        {
            if (draft.Finish() is { } state)
            {
                services[name] = state;
                (state.Instances.IsEmpty ? Stopped : Served).Add(name);
            }
            else
            {
                services.Remove(name);
            }
        }

        return new RegistryState(revision, services.ToImmutable(), _instances, _bytes);
    }

    private void Apply(string key, byte[]? value, long revision, IReadOnlyDictionary<string, string> reasons)
    {
        if (StoreKeys.TryInstance(key, out var instance))
        {
            if (value is null)
            {
                Remove(instance.Service, instance.Id, revision, reasons.GetValueOrDefault(key, RemovalReasons.Unknown));
            }
            else
            {
                Put(StoredInstance.Parser.ParseFrom(value), value.Length, revision);
            }
        }
        else if (StoreKeys.TryName(key, StoreKeys.Services, out var service))
        {
            _bytes += Touch(service).Say(value is null ? null : StoredService.Parser.ParseFrom(value), value?.Length ?? 0, revision);
        }
        else if (StoreKeys.TryName(key, StoreKeys.Removals, out service))
        {
            Touch(service).Removed(value is null ? 0 : revision);
        }
    }

    private void Put(StoredInstance stored, int bytes, long revision)
    {
        var service = Touch(stored.Instance.Service);
        var lease = leases.Of(stored.Instance, stored.Incarnation);
        Follow(lease, stored);
        var registered = RegisteredInstance.Of(stored, bytes, revision, lease);
        var former = service.Put(registered, revision, out var isSeen);
        if (isSeen)
        {
            Seen.Add(service.Name);
        }

        _instances += former is null ? 1 : 0;
        _bytes += bytes - (former?.Bytes ?? 0);
        Changes.Add(new RegistryChange
        {
            Kind = former is null ? RegistryChange.Types.Kind.Added : RegistryChange.Types.Kind.Updated,
            Revision = revision,
            Instance = registered.Instance,
            Reason = stored.Change,
        });
    }

    // Whoever was registered elsewhere since is not ours any more, whatever our stream believes.
    private void Follow(Lease lease, StoredInstance stored)
    {
        leases.Follow(lease, stored.Owner);
        if (stored.Owner == owner)
        {
            return;
        }

        var address = EndpointOf.Address(stored.Instance);
        if (lease.Holder is { } holder)
        {
            holder.YieldTo(address);
            Yielded.Add(holder);
            lease.Holder = null;
        }

        lease.Incarnation = stored.Incarnation;
        lease.Address = address;
    }

    private void Remove(string name, string id, long revision, string reason)
    {
        if (Touch(name).Remove(id, revision) is not { } former)
        {
            return;
        }

        leases.Remove(former.Lease);
        Seen.Add(name);
        _instances--;
        _bytes -= former.Bytes;
        var last = former.ToMessage();
        last.Revision = revision;
        Changes.Add(new RegistryChange { Kind = RegistryChange.Types.Kind.Removed, Revision = revision, Instance = last, Reason = reason });
    }

    private ServiceDraft Touch(string service)
    {
        if (!_touched.TryGetValue(service, out var draft))
        {
            _touched.Add(service, draft = new ServiceDraft(service, before.Services.GetValueOrDefault(service)));
        }

        return draft;
    }
}
