using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Trust;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// The kinds of resources there are: endpoints, and a row for each kind of configuration. Each resource is serialized once
/// per version, on first use, for all streams. Any thread.
/// </summary>
internal sealed class ResourceKinds
{
    private const string Endpoints = "endpoints";
    private const string TrustName = "trust";

    // What they are made from is immutable, so a resource lives as long as that, and no longer.
    private readonly ConditionalWeakTable<ServiceState, Resource> _endpoints = [];
    private readonly ConditionalWeakTable<ConfigEntry, Resource> _configs = [];
    private readonly ConditionalWeakTable<Stored<AuthorityRecord>, Resource> _bundles = [];
    private readonly ConditionalWeakTable<Resource, object> _digests = [];

    public ResourceKinds(ServiceRegistry registry, ConfigResources configs, TrustState trust)
    {
        Trust = new ResourceKind(
            TrustName,
            ConfigAudience.Identified,
            (name, _) => trust.Authority is { } authority && name == ReservedName.Value ? _bundles.GetValue(authority, OfAuthority) : Unknown(TrustName, name),
            note => trust.Changed = () => note(ReservedName.Value));
        Action<ConfigKind, string> changed = static (_, _) => { };
        configs.Changed = (kind, name) => changed(kind, name);
        All =
        [
            new ResourceKind(
                Endpoints,
                ConfigAudience.Subscribers,
                (service, _) => registry.State.Services.TryGetValue(service, out var state)
                    ? _endpoints.GetValue(state, OfService)
                    : Unknown(Endpoints, service),
                note => registry.EndpointsChanged = note),
            // One for everyone has no name to send it by: the first such kind brings what it needs.
            .. ConfigKinds.All.Where(kind => kind.Audience != ConfigAudience.Everyone).Select(kind => new ResourceKind(
                kind.Name,
                kind.Audience,
                (name, sidecar) => configs.FindFor(kind, name, sidecar) is { } entry ? _configs.GetValue(entry, OfConfig) : Unknown(kind.Name, name),
                note => changed += (which, name) =>
                {
                    if (which == kind) { note(name); } },
                name => configs.FindRollout(kind, name) is { IsOpen: true } rollout ? rollout.Rollout : null)),
            Trust,
        ];
        ForSubscribers = [.. All.Where(kind => kind.Audience == ConfigAudience.Subscribers)];
        ForOwnSidecars = [.. All.Where(kind => kind.Audience == ConfigAudience.OwnSidecars)];
    }

    public IReadOnlyList<ResourceKind> All { get; }

    /// <summary>Whom to believe.</summary>
    public ResourceKind Trust { get; }

    /// <summary>As which a kind of configuration is sent.</summary>
    public ResourceKind Of(ConfigKind kind) => All.First(row => row.Name == kind.Name);

    /// <summary>Those of a service that who asks for it is sent, in that order.</summary>
    public IReadOnlyList<ResourceKind> ForSubscribers { get; }

    /// <summary>Those that the sidecars beside its instances are sent.</summary>
    public IReadOnlyList<ResourceKind> ForOwnSidecars { get; }

    /// <summary>Of a state, made once for all streams.</summary>
    public ulong DigestOf(Resource state) => (ulong)_digests.GetValue(state, static made => ResourceDigest.Of(made));

    private static Resource OfService(ServiceState state)
    {
        var body = new ServiceEndpoints();
        body.Endpoints.Add(state.Instances.Values.Select(registered => registered.Endpoint));
        return new Resource { Kind = Endpoints, Name = state.Name, Version = state.EndpointsRevision, Body = body.ToByteString() };
    }

    private static Resource OfAuthority(Stored<AuthorityRecord> authority) => new()
    {
        Kind = TrustName,
        Name = ReservedName.Value,
        Version = authority.Revision,
        Body = Authority.BundleOf(authority).ToByteString(),
    };

    private static Resource OfConfig(ConfigEntry entry) => new()
    {
        Kind = entry.Kind.Name,
        Name = entry.Name,
        Version = entry.Version,
        Body = entry.Value?.ToByteString() ?? ByteString.Empty,
        Absent = entry.IsDeleted,
    };

    private static Resource Unknown(string kind, string name) => new() { Kind = kind, Name = name, Absent = true };
}
