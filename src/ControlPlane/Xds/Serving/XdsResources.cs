using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Xds.Checking;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.Hosting;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>
/// What clients without a sidecar are sent: another view of the same services and configuration, of which it stores nothing. Every valid name has a resource of
/// every kind, of defaults and without endpoints if nothing is known of it: nothing is ever deleted. Each is made once for all clients that are sent the
/// same, and lives as long as what it is made of. Any thread.
/// </summary>
internal sealed class XdsResources(ServiceRegistry registry, ConfigResources configs, FirstAnswers first, TimeProvider time, ILogger<XdsResources> log)
{
    // A client decides what it asks for: of what is made for one name, so many at once are kept.
    private const int MostKept = 64;

    // The service's state and its config, or what stands for none.
    private readonly ConditionalWeakTable<object, ConcurrentDictionary<ResourcePlace, Made>> _made = [];
    private readonly ConditionalWeakTable<ConfigEntry, ServicePolicyOptions> _policies = [];
    private readonly ConditionalWeakTable<ServiceState, IReadOnlyList<Endpoint>> _endpoints = [];
    private readonly RareLine _leftOut = new(time, TimeSpan.FromMinutes(1));

    /// <summary>As it is now.</summary>
    /// <returns>Null if there can be none of that name, or it is not to be told yet (<see cref="FirstAnswers"/>).</returns>
    public XdsResource? Find(XdsKind kind, string name, ClientProfile client)
    {
        if (kind == XdsKind.Listeners)
        {
            return ListenerName.TryParse(name, out var listener) ? Listener(name, listener) : null;
        }

        if (kind == XdsKind.Routes)
        {
            return DnsLabel.IsValid(name) ? Routes(name, client) : null;
        }

        return !ClusterName.TryParse(name, out var cluster) ? null : kind == XdsKind.Clusters ? Cluster(cluster, client) : Endpoints(cluster, client);
    }

    private XdsResource? Listener(string text, ListenerName name) =>
        Keep(name.Service is null ? null : StateOf(name.Service), null, new ResourcePlace(XdsKind.Listeners, text, null, ""),
            place => Make(place.Kind, text, 0, () => ListenerMapping.Of(text, name)));

    private XdsResource? Routes(string service, ClientProfile client)
    {
        var (entry, policy) = PolicyOf(service);
        var caller = RouteMapping.TellsApart(policy, client.Service) ? client.Service : "";
        return Keep((object?)entry ?? StateOf(service), null, new ResourcePlace(XdsKind.Routes, service, client.Class, caller),
            place => Make(place.Kind, service, entry?.Revision ?? 0, () => RouteMapping.Of(service, policy, client.Class, caller)));
    }

    private XdsResource? Cluster(ClusterName name, ClientProfile client)
    {
        var (entry, policy) = PolicyOf(name.Service);
        return Keep((object?)entry ?? StateOf(name.Service), null, new ResourcePlace(XdsKind.Clusters, name.ToString(), client.Class, ""),
            place => Make(place.Kind, place.Name, entry?.Revision ?? 0, () => ClusterMapping.Of(name, policy, client.Class)));
    }

    private XdsResource? Endpoints(ClusterName name, ClientProfile client)
    {
        var (entry, policy) = PolicyOf(name.Service);
        var state = StateOf(name.Service);
        var all = state is null ? [] : _endpoints.GetValue(state, static of => [.. of.Instances.Values.Select(registered => registered.Endpoint)]);
        var locality = EndpointMapping.Relevant(client.Locality, all, policy.Balancing.Locality);
        var revision = Math.Max(state?.EndpointsRevision ?? 0, entry?.Revision ?? 0);
        var resource = Keep(state, entry, new ResourcePlace(XdsKind.Endpoints, name.ToString(), null, locality),
            place => Make(place.Kind, place.Name, revision, () => MapEndpoints(name, all, policy, locality)));
        return resource is { IsEmpty: true } && !first.MayBeEmpty ? null : resource;
    }

    private Envoy.ClusterLoadAssignment MapEndpoints(ClusterName name, IReadOnlyList<Endpoint> all, ServicePolicyOptions policy, string locality)
    {
        if (all.FirstOrDefault(endpoint => EndpointAddress.Of(endpoint.Address) is null) is { } named && _leftOut.IsDue(out var more))
        {
            log.LogWarning(
                "clients without a sidecar do not call {Service}/{Instance}, since it is registered as {Address}: they take IP addresses only{More}",
                name.Service, named.Id, named.Address, more);
        }

        return EndpointMapping.Of(name, all, policy.Balancing, locality);
    }

    private ServiceState? StateOf(string service) => registry.State.Services.GetValueOrDefault(service);

    private (ConfigEntry? Entry, ServicePolicyOptions Policy) PolicyOf(string service) =>
        // A version that some sidecars try out is not for those who cannot be told from others.
        configs.Find(ConfigKinds.Policy, service) is { } entry
            ? (entry, _policies.GetValue(entry, static made => PolicyTranslation.ToPolicy((ServiceConfig?)made.Value)))
            : (null, ServicePolicyOptions.Default);

    /// <param name="of">What it is made of; null for nothing, which is not kept: anybody may ask for any name.</param>
    /// <param name="and">And this.</param>
    /// <param name="place">Which.</param>
    /// <param name="make">Makes it.</param>
    private XdsResource? Keep(object? of, object? and, ResourcePlace place, Func<ResourcePlace, XdsResource?> make)
    {
        if (of is null)
        {
            return make(place);
        }

        var kept = _made.GetValue(of, static _ => new());
        if (kept.TryGetValue(place, out var made) && ReferenceEquals(made.And, and))
        {
            return made.Resource;
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        var resource = make(place);
        kept[place] = new Made(resource, and);
        return resource;
    }

    private XdsResource? Make(XdsKind kind, string name, long revision, Func<IMessage> map)
    {
        var message = map();
        if (ResourceCheck.FaultOf(name, message) is { } fault)
        {
            log.LogError("{Kind} is not sent to clients without a sidecar: {Fault}", kind, Shown(fault));
            return null;
        }

        return new XdsResource(name, revision, TypeUrl.Pack(message), message is Envoy.ClusterLoadAssignment { Endpoints.Count: 0 });
    }

    private static string Shown(string fault) => PrintableText.Of(fault, 500);

    private sealed record ResourcePlace(XdsKind Kind, string Name, ClientClass? Class, string Variant);

    private sealed record Made(XdsResource? Resource, object? And);
}
