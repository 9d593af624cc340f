using Wire = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The endpoints that the control plane has named, and those it has named before a reconnect and not since. A control
/// plane that was restarted knows an instance only once that has registered again: until all have had the time, its
/// silence about one means nothing, and its word does. One caller at a time.
/// </summary>
internal sealed class KnownEndpoints
{
    private readonly Dictionary<string, Wire.ServiceEndpoints> _said = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Wire.Endpoint>> _unconfirmed = new(StringComparer.Ordinal);

    /// <summary>Whether there is any that was not named again.</summary>
    public bool HasUnconfirmed => _unconfirmed.Count > 0;

    /// <summary>A new stream begins: from now on all that is known is unconfirmed.</summary>
    public void OnReconnected()
    {
        foreach (var service in _said.Keys)
        {
            var known = InForce(service);
            if (known.Count > 0)
            {
                _unconfirmed[service] = [.. known];
            }
        }
    }

    /// <summary>The control plane names the endpoints of a service.</summary>
    public void Say(Wire.ServiceEndpoints said)
    {
        _said[said.Service] = said;
        if (!_unconfirmed.TryGetValue(said.Service, out var unconfirmed))
        {
            return;
        }

        // The same instance at another address, or another at the same: either way the old entry is out of date.
        var ids = said.Endpoints.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var addresses = said.Endpoints.Select(e => e.Address).ToHashSet(StringComparer.Ordinal);
        unconfirmed.RemoveAll(e => ids.Contains(e.Id) || addresses.Contains(e.Address));
        if (unconfirmed.Count == 0)
        {
            _unconfirmed.Remove(said.Service);
        }
    }

    /// <summary>What holds of a service: what was said last and what is unconfirmed.</summary>
    public IReadOnlyList<Wire.Endpoint> InForce(string service) =>
        _unconfirmed.TryGetValue(service, out var unconfirmed)
            ? [.. _said[service].Endpoints, .. unconfirmed]
            : _said[service].Endpoints;

    /// <summary>The time is up: what was not named again is gone.</summary>
    /// <returns>What was last said of the services that this changes.</returns>
    public IReadOnlyList<Wire.ServiceEndpoints> DropUnconfirmed()
    {
        List<Wire.ServiceEndpoints> changed = [.. _unconfirmed.Keys.Select(service => _said[service])];
        _unconfirmed.Clear();
        return changed;
    }
}
