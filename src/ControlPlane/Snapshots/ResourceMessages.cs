using System.Runtime.CompilerServices;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>
/// The newest message of each resource. Built once per version, on first use, and shared by all streams: it must not
/// be changed. Any thread.
/// </summary>
internal sealed class ResourceMessages(ServiceRegistry registry, ConfigResources configs)
{
    // The states are immutable, so a message lives as long as the state it was built from, and no longer.
    private readonly ConditionalWeakTable<ServiceState, ServiceEndpoints> _endpoints = [];
    private readonly ConditionalWeakTable<ConfigEntry, ServicePolicy> _policies = [];

    /// <summary>A service's endpoints; version 0 if it is unknown.</summary>
    public ServiceEndpoints Endpoints(string service) =>
        registry.State.Services.TryGetValue(service, out var state)
            ? _endpoints.GetValue(state, Build)
            : new ServiceEndpoints { Service = service, Unknown = true };

    /// <summary>A service's policy; version 0 if the defaults hold.</summary>
    public ServicePolicy Policy(string service) =>
        configs.Find(ConfigKinds.Policy, service) is { IsDeleted: false } resource
            ? _policies.GetValue(resource, Build)
            : new ServicePolicy { Service = service, Config = new ServiceConfig() };

    private static ServiceEndpoints Build(ServiceState state)
    {
        var message = new ServiceEndpoints { Service = state.Name, Version = state.EndpointsRevision };
        message.Endpoints.Add(state.Instances.Values.Select(registered => registered.Endpoint));
        return message;
    }

    private static ServicePolicy Build(ConfigEntry entry) =>
        new() { Service = entry.Name, Version = entry.Version, Config = (ServiceConfig)entry.Value! };
}
