using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Trust;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane;

/// <summary>How one control plane runs.</summary>
internal sealed record ControlPlaneSettings
{
    /// <summary>Where the API listens; port 0 is any free one.</summary>
    public required HostPort Grpc { get; init; }

    /// <summary>Where the pages listen; port 0 is any free one.</summary>
    public required HostPort Http { get; init; }

    /// <summary>Names under which the pages may be asked for, beside those of this machine (<see cref="PageGuard"/>).</summary>
    public IReadOnlyList<string> HttpHosts { get; init; } = [];

    public StoreOptions Store { get; init; } = new();

    public BrokerOptions Broker { get; init; } = new();

    public ReplicaOptions Replica { get; init; } = new();

    public TrustOptions Trust { get; init; } = new();

    public RegistryOptions Registry { get; init; } = new();

    /// <summary>Valid resources that are applied before the first call is served.</summary>
    public IReadOnlyList<ConfigResource> Config { get; init; } = [];

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
