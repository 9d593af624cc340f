using Mesh.Messaging;

namespace Mesh.ControlPlane.Broker;

/// <summary>Where events and queues are kept, and how much of them.</summary>
internal sealed record BrokerOptions
{
    /// <summary>The file; null if it is one of the process's own, which goes with it.</summary>
    public string? Path { get; init; }

    /// <summary>There are no events and no queues here: control planes that share a store would each have others.</summary>
    public bool IsOff { get; init; }

    /// <summary>What is taken.</summary>
    public MessagingLimits Limits { get; init; } = new();
}
