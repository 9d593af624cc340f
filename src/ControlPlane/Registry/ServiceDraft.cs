using System.Collections.Immutable;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>A service on its way from one state to the next. Used under the registry's lock.</summary>
internal sealed class ServiceDraft(string name, ServiceState? before)
{
    private readonly ImmutableSortedDictionary<string, RegisteredInstance>.Builder _instances =
        before?.Instances.ToBuilder() ?? ImmutableSortedDictionary.CreateBuilder<string, RegisteredInstance>(StringComparer.Ordinal);
    private StoredService? _said = before?.Said;
    private int _saidBytes = before?.SaidBytes ?? 0;
    private long _saidRevision = before?.SaidRevision ?? 0;
    private long _revision = before?.Revision ?? 0;
    private long _endpointsRevision = before?.EndpointsRevision ?? 0;

    public string Name => name;

    /// <summary>What its newest registration says; null forgets it.</summary>
    /// <returns>How many bytes more that has.</returns>
    public int Say(StoredService? said, int bytes, long revision)
    {
        var more = bytes - _saidBytes;
        (_said, _saidBytes) = (said, bytes);
        _saidRevision = said is null ? 0 : revision;
        _revision = Math.Max(_revision, revision);
        return more;
    }

    /// <summary>When its last removal was; 0 forgets that.</summary>
    public void Removed(long revision)
    {
        _revision = Math.Max(_revision, revision);
        _endpointsRevision = Math.Max(_endpointsRevision, revision);
    }

    /// <returns>What it replaces.</returns>
    public RegisteredInstance? Put(RegisteredInstance instance, long revision, out bool isSeen)
    {
        var former = _instances.GetValueOrDefault(instance.Instance.Id);
        isSeen = former is null || !former.Endpoint.Equals(instance.Endpoint);
        _instances[instance.Instance.Id] = instance;
        _revision = Math.Max(_revision, revision);
        // A state that was loaded has met no former: then whatever was changed last may have been seen.
        if (isSeen)
        {
            _endpointsRevision = Math.Max(_endpointsRevision, revision);
        }

        return former;
    }

    /// <returns>What it was; null if it is not there.</returns>
    public RegisteredInstance? Remove(string id, long revision)
    {
        if (!_instances.Remove(id, out var former))
        {
            return null;
        }

        Removed(revision);
        return former;
    }

    /// <summary>Null if nothing is known of it any more.</summary>
    public ServiceState? Finish()
    {
        if (_said is null && _instances.Count == 0)
        {
            return null;
        }

        return new ServiceState(name)
        {
            Revision = _revision,
            EndpointsRevision = _endpointsRevision,
            Said = _said ?? new StoredService { CreateTime = _instances.Values.Min(instance => instance.Instance.RegisterTime) },
            SaidBytes = _saidBytes,
            SaidRevision = _saidRevision,
            Instances = _instances.ToImmutable(),
        };
    }
}
