using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests;

/// <summary>Valid messages to start from.</summary>
internal static class Make
{
    /// <summary>For tests whose one instance changes a thousand times in no time.</summary>
    public static RegistryOptions Undamped => new() { ChangeBurst = int.MaxValue };

    /// <summary>Nobody says who wants a change, or why.</summary>
    public static ConfigOrigin Unsaid => new("", "");

    public static Registration Registration(string service = "orders", string id = "orders-1", uint port = 8080) => new()
    {
        Instance = new Instance { Id = id, Service = service, Address = "10.0.0.1", Port = port, Version = "v1" },
    };

    public static RegisterRequest Register(string service = "orders", string id = "orders-1", uint port = 8080) =>
        new() { Registration = Registration(service, id, port) };

    public static Heartbeat Heartbeat(ServiceStatus status = ServiceStatus.Unspecified, string reason = "") =>
        new() { Status = status, StatusReason = reason };

    public static ConfigChange Change(string service, uint attempts = 3) =>
        new(ConfigKinds.Policy, service, Config(service, attempts).Config);

    public static ConfigResource Config(string service, uint attempts = 3) =>
        new() { Service = service, Config = new ServiceConfig { Retry = new Retry { MaxAttempts = attempts } } };

    public static InboundConfig Inbound(uint limit) => new() { Limits = new InboundLimits { MaxConcurrentRequests = limit } };
}
