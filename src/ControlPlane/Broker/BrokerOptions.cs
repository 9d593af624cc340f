using Mesh.Messaging;

namespace Mesh.ControlPlane.Broker;

/// <summary>Where events and queues are kept, and how much of them.</summary>
internal sealed record BrokerOptions
{
    /// <summary>The file; null if it is one of the process's own, which goes with it, or none.</summary>
    public string? Path { get; init; }

    /// <summary>The PostgreSQL database that several control planes share, as postgres://…, with its password; null if it is none.</summary>
    public string? Database { get; init; }

    /// <summary>There are no events and no queues here: control planes that share a store would each have others.</summary>
    public bool IsOff { get; init; }

    /// <summary>What is taken.</summary>
    public MessagingLimits Limits { get; init; } = new();
}
