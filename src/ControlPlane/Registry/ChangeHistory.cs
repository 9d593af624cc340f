using Mesh.ControlPlane.Store;
using Mesh.Store.V1;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Tells from the store's log what has happened to instances before it was loaded, for watchers that resume from then. Of an
/// instance that is gone and was not changed within the log it knows no more than the name.
/// </summary>
internal sealed class ChangeHistory
{
    private readonly Dictionary<string, Instance> _last = new(StringComparer.Ordinal);

    public IEnumerable<RegistryChange> Of(StoreRevision revision)
    {
        foreach (var (key, value) in revision.Changes)
        {
            if (!StoreKeys.TryInstance(key, out var name))
            {
                continue;
            }

            yield return value is null
                ? Removed(key, name.Service, name.Id, revision)
                : Put(key, StoredInstance.Parser.ParseFrom(value), revision.Revision);
        }
    }

    private RegistryChange Put(string key, StoredInstance stored, long revision)
    {
        stored.Instance.Revision = revision;
        var isNew = !_last.ContainsKey(key) && stored.Change == RegistrationBatch.Registered && stored.Registered.Equals(stored.Instance.RegisterTime);
        _last[key] = stored.Instance;
        return new RegistryChange
        {
            Kind = isNew ? RegistryChange.Types.Kind.Added : RegistryChange.Types.Kind.Updated,
            Revision = revision,
            Instance = stored.Instance,
            Reason = stored.Change,
        };
    }

    private RegistryChange Removed(string key, string service, string id, StoreRevision revision)
    {
        _last.Remove(key, out var last);
        var instance = last?.Clone() ?? new Instance { Id = id, Service = service };
        instance.Revision = revision.Revision;
        return new RegistryChange
        {
            Kind = RegistryChange.Types.Kind.Removed,
            Revision = revision.Revision,
            Instance = instance,
            Reason = RemovalReasons.Of(revision).GetValueOrDefault(key, RemovalReasons.Unknown),
        };
    }
}
