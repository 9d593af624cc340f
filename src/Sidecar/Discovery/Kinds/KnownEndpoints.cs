using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// The endpoints that the control plane has named, and those that were named on an earlier stream and not since. A control
/// plane that was restarted with an empty memory knows an instance only once that has registered again: until all have had
/// the time, its silence about one means nothing, and its word does. One that knows all that the former knew is believed at
/// once. Times are those of one clock of the caller's. One caller at a time.
/// </summary>
internal sealed class KnownEndpoints
{
    /// <summary>Of a service, kept though they are not named: a control plane that names others on each stream must not fill our memory.</summary>
    public const int MostUnconfirmed = 10_000;

    /// <summary>The same of all services.</summary>
    public const int MostUnconfirmedInAll = 100_000;

    private readonly Dictionary<string, SaidEndpoints> _said = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Unconfirmed>> _unconfirmed = new(StringComparer.Ordinal);

    /// <summary>The services of which something was said on this stream.</summary>
    private readonly HashSet<string> _fresh = new(StringComparer.Ordinal);

    /// <summary>What was last said of each service.</summary>
    public IEnumerable<SaidEndpoints> All => _said.Values;

    /// <summary>
    /// Since when the longest of those that were not named again waits for it; null if there is none. Those of a service of
    /// which nothing was said yet do not wait: they hold until something is.
    /// </summary>
    public TimeSpan? UnconfirmedSince
    {
        get
        {
            TimeSpan? since = null;
            foreach (var (service, unconfirmed) in _unconfirmed)
            {
                if (_fresh.Contains(service) && unconfirmed.Min(former => former.Since) is var first && (since is null || first < since))
                {
                    since = first;
                }
            }

            return since;
        }
    }

    /// <summary>What was last said of a service; null if nothing was.</summary>
    public SaidEndpoints? Find(string service) => _said.GetValueOrDefault(service);

    public bool HasUnconfirmed(string service) => _unconfirmed.ContainsKey(service);

    /// <summary>A new stream begins: from now on all that is known is unconfirmed; what was already stays so since then.</summary>
    public void OnConnected(TimeSpan now)
    {
        var inAll = _unconfirmed.Values.Sum(unconfirmed => unconfirmed.Count);
        foreach (var service in _fresh)
        {
            var said = _said[service];
            if (said.Endpoints.Count == 0)
            {
                continue;
            }

            if (!_unconfirmed.TryGetValue(service, out var unconfirmed))
            {
                _unconfirmed[service] = unconfirmed = [];
            }

            var room = Math.Min(MostUnconfirmed - unconfirmed.Count, MostUnconfirmedInAll - inAll);
            var kept = Math.Clamp(room, 0, said.Endpoints.Count);
            inAll += kept;
            unconfirmed.AddRange(said.Endpoints.Take(kept).Select(endpoint => new Unconfirmed(endpoint, now, said.Origin)));
            if (unconfirmed.Count == 0)
            {
                _unconfirmed.Remove(service);
            }
        }

        _fresh.Clear();
    }

    /// <summary>Nobody calls the service any more.</summary>
    public void Forget(string service)
    {
        _said.Remove(service);
        _fresh.Remove(service);
        _unconfirmed.Remove(service);
    }

    /// <summary>The control plane names the endpoints of a service.</summary>
    public void Say(SaidEndpoints said)
    {
        _said[said.Service] = said;
        _fresh.Add(said.Service);
        if (!_unconfirmed.TryGetValue(said.Service, out var unconfirmed))
        {
            return;
        }

        // The same instance at another address, or another at the same: either way the old entry is out of date.
        var ids = said.Endpoints.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var addresses = said.Endpoints.Select(e => e.Address).ToHashSet(StringComparer.Ordinal);
        unconfirmed.RemoveAll(former =>
            said.Origin.Knows(former.Origin) || ids.Contains(former.Endpoint.Id) || addresses.Contains(former.Endpoint.Address));
        if (unconfirmed.Count == 0)
        {
            _unconfirmed.Remove(said.Service);
        }
    }

    /// <summary>What holds of a service: what was said last and what is unconfirmed.</summary>
    public IReadOnlyList<Api.Endpoint> InForce(string service)
    {
        IReadOnlyList<Api.Endpoint> said = _fresh.Contains(service) ? _said[service].Endpoints : [];
        return _unconfirmed.TryGetValue(service, out var unconfirmed) ? [.. said, .. unconfirmed.Select(former => former.Endpoint)] : said;
    }

    /// <summary>The time is up: what has waited since then, or longer, and was not named again is gone.</summary>
    /// <returns>What was last said of the services that this changes.</returns>
    public IReadOnlyList<SaidEndpoints> DropUnconfirmed(TimeSpan since)
    {
        List<SaidEndpoints> changed = [];
        foreach (var (service, unconfirmed) in _unconfirmed.ToArray())
        {
            if (_fresh.Contains(service) && unconfirmed.RemoveAll(former => former.Since <= since) > 0)
            {
                changed.Add(_said[service]);
            }

            if (unconfirmed.Count == 0)
            {
                _unconfirmed.Remove(service);
            }
        }

        return changed;
    }

    private readonly record struct Unconfirmed(Api.Endpoint Endpoint, TimeSpan Since, Origin Origin);
}
