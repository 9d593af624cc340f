using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// The kinds of resources there are: endpoints, and every row of <see cref="ConfigKinds"/>. Each resource is serialized once per
/// version, on first use, for all streams. Any thread.
/// </summary>
internal sealed class ResourceKinds
{
    private const string Endpoints = "endpoints";

    // What they are made from is immutable, so a resource lives as long as that, and no longer.
    private readonly ConditionalWeakTable<ServiceState, Resource> _endpoints = [];
    private readonly ConditionalWeakTable<ConfigEntry, Resource> _configs = [];

    public ResourceKinds(ServiceRegistry registry, ConfigResources configs)
    {
        All =
        [
            new ResourceKind(
                Endpoints,
                service => registry.State.Services.TryGetValue(service, out var state)
                    ? _endpoints.GetValue(state, OfService)
                    : Unknown(Endpoints, service),
                changed => registry.EndpointsChanged = changed),
            .. ConfigKinds.All.Select(kind => OfKind(kind, configs)),
        ];
    }

    /// <summary>In the order in which those of one service are sent.</summary>
    public IReadOnlyList<ResourceKind> All { get; }

    private ResourceKind OfKind(ConfigKind kind, ConfigResources configs) => new(
        kind.Name,
        name => configs.Find(kind, name) is { } entry ? _configs.GetValue(entry, OfConfig) : Unknown(kind.Name, name),
        changed => configs.Changed += entry =>
        {
            if (entry.Kind == kind)
                changed(entry.Name);
        });

    private static Resource OfService(ServiceState state)
    {
        var body = new ServiceEndpoints();
        body.Endpoints.Add(state.Instances.Values.Select(registered => registered.Endpoint));
        return new Resource { Kind = Endpoints, Name = state.Name, Version = state.EndpointsRevision, Body = body.ToByteString() };
    }

    private static Resource OfConfig(ConfigEntry entry)
    {
        var resource = new Resource { Kind = entry.Kind.Name, Name = entry.Name, Version = entry.Version };
        if (entry.Value is { } value)
            resource.Body = value.ToByteString();
        else
            resource.Absent = true;
        return resource;
    }

    private static Resource Unknown(string kind, string name) => new() { Kind = kind, Name = name, Absent = true };
}
