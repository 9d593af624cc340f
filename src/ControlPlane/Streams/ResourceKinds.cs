using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Stores;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// The kinds of resources there are: a new one is a new row. Each resource is serialized once per version, on first use, for
/// all streams. Any thread.
/// </summary>
internal sealed class ResourceKinds
{
    private const string Endpoints = "endpoints";
    private const string Policy = "policy";

    // What they are made from is immutable, so a resource lives as long as that, and no longer.
    private readonly ConditionalWeakTable<ServiceState, Resource> _endpoints = [];
    private readonly ConditionalWeakTable<StoredConfig, Resource> _policies = [];

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
            new ResourceKind(
                Policy,
                service => configs.FindStored(service) is { } stored
                    ? _policies.GetValue(stored, OfConfig)
                    : Unknown(Policy, service),
                changed => configs.Changed = changed),
        ];
    }

    /// <summary>In the order in which those of one service are sent.</summary>
    public IReadOnlyList<ResourceKind> All { get; }

    private static Resource OfService(ServiceState state)
    {
        var body = new ServiceEndpoints();
        body.Endpoints.Add(state.Instances.Values.Select(registered => registered.Endpoint));
        return new Resource { Kind = Endpoints, Name = state.Name, Version = state.EndpointsRevision, Body = body.ToByteString() };
    }

    private static Resource OfConfig(StoredConfig stored)
    {
        var resource = new Resource { Kind = Policy, Name = stored.Service, Version = stored.Version };
        if (stored.Resource is { } config)
            resource.Body = config.Config.ToByteString();
        else
            resource.Absent = true;
        return resource;
    }

    private static Resource Unknown(string kind, string name) => new() { Kind = kind, Name = name, Absent = true };
}
