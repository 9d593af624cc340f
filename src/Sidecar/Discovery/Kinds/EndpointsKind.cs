using System.Text;
using Google.Protobuf;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>Where a service is. What a control plane that knows less does not name stays for a while: see <see cref="KnownEndpoints"/>.</summary>
/// <param name="directory">Told of them.</param>
/// <param name="confirmTime">How long a control plane may take to name again what another one has named.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of what is dropped.</param>
internal sealed class EndpointsKind(ServiceDirectory directory, Func<TimeSpan> confirmTime, TimeProvider time, Log log) : ResourceKind
{
    private readonly KnownEndpoints _known = new();
    private readonly LineLimit _warnings = new(log, time);
    private readonly Dictionary<string, UsableEndpoints> _skipped = new(StringComparer.Ordinal);
    private int _skippedNow;
    private TimeSpan _connectedBefore;
    private long? _connectedAt;

    public override string Name => "endpoints";

    public override bool IsWanted(string name) => directory.IsWanted(name);

    public override bool Want(string name) => directory.Want(Encoding.UTF8.GetBytes(name));

    /// <summary>Endpoints of all services that cannot be used and are left out. Any thread.</summary>
    public int Skipped => Volatile.Read(ref _skippedNow);

    public override TimeSpan? ConfirmTimeLeft =>
        _connectedAt is not null && _known.UnconfirmedSince is { } since ? since + confirmTime() - ConnectedTime : null;

    /// <summary>
    /// Time in which a control plane could have named them; while there is none it stands still. A control plane that
    /// restarts over and over does not begin it anew.
    /// </summary>
    private TimeSpan ConnectedTime => _connectedBefore + (_connectedAt is { } at ? time.GetElapsedTime(at) : TimeSpan.Zero);

    public override void OnConnected()
    {
        _connectedAt = time.GetTimestamp();
        _known.OnConnected(ConnectedTime);
    }

    public override void OnLost()
    {
        _connectedBefore = ConnectedTime;
        _connectedAt = null;
    }

    public override void OnConfirmTimeOver()
    {
        foreach (var said in _known.DropUnconfirmed(ConnectedTime - confirmTime()))
        {
            log.Info($"instances of {said.Service} have not come back since the reconnect and are dropped");
            Set(said);
        }
    }

    public override Verdict Apply(Api.Resource resource, Origin origin)
    {
        if (resource.Unchanged)
        {
            return _known.Find(resource.Name) is { } said && said.Version == resource.Version
                ? new Verdict(null, Say(said with { Origin = origin }))
                : new Verdict("unchanged: the sidecar does not have this version", Changed: false);
        }

        if (!TryParse(resource, Api.ServiceEndpoints.Parser, out var body))
        {
            return new Verdict("body: is no ServiceEndpoints", Changed: false);
        }

        var usable = UsableEndpoints.Of(resource.Name, body.Endpoints);
        Skip(resource, usable);
        return new Verdict(null, Say(new SaidEndpoints(resource.Name, resource.Version, !resource.Absent, usable.Endpoints, origin)));
    }

    public override bool OnRejected(Api.Resource resource) => directory.SetEndpointsIfNone(resource.Name, resource.Version);

    public override void Forget(string name)
    {
        _known.Forget(name);
        Skip(new Api.Resource { Name = name }, new UsableEndpoints([], 0, ""));
    }

    public override IEnumerable<Api.CachedResource> InForce()
    {
        foreach (var said in _known.All)
        {
            var inForce = _known.InForce(said.Service);
            if (!said.IsKnown && inForce.Count == 0)
            {
                continue;
            }

            var body = new Api.ServiceEndpoints();
            body.Endpoints.Add(inForce);
            yield return new Api.CachedResource
            {
                Resource = new Api.Resource { Kind = Name, Name = said.Service, Version = said.Version, Body = body.ToByteString() },
                // With some that only another control plane has named, it is not what the store has in that version.
                StoreId = _known.HasUnconfirmed(said.Service) ? "" : said.Origin.StoreId,
                Revision = said.Origin.Revision,
            };
        }
    }

    public override (long Version, Origin Origin)? Known(string name) =>
        _known.Find(name) is { IsKnown: true } said && !_known.HasUnconfirmed(name) ? (said.Version, said.Origin) : null;

    private void Skip(Api.Resource resource, UsableEndpoints usable)
    {
        _skipped.Remove(resource.Name, out var before);
        _skippedNow += usable.Skipped - (before?.Skipped ?? 0);
        if (usable.Skipped == 0)
        {
            return;
        }

        _skipped[resource.Name] = usable with { Endpoints = [] };
        if (before?.Fault != usable.Fault)
        {
            _warnings.Warn(
                $"{usable.Skipped} of {usable.Skipped + usable.Endpoints.Count} endpoints of {resource.Name}, version {resource.Version}, cannot be used and are left out; the first is {usable.Fault}");
        }
    }

    private bool Say(SaidEndpoints said)
    {
        _known.Say(said);
        return Set(said);
    }

    private bool Set(SaidEndpoints said)
    {
        var inForce = _known.InForce(said.Service);
        log.Debug($"endpoints of {said.Service}, version {said.Version}: {inForce.Count}");
        return directory.SetEndpoints(said.Service, said.Version, said.IsKnown || inForce.Count > 0, inForce);
    }
}
