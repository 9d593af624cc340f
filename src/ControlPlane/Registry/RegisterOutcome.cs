namespace Mesh.ControlPlane.Registry;

/// <summary>What became of a registration or heartbeat.</summary>
internal enum RegisterOutcome
{
    /// <summary>It holds.</summary>
    Applied,

    /// <summary>The registry has as many instances as it may have.</summary>
    Full,

    /// <summary>The stream already holds the lease of another instance.</summary>
    OtherInstance,

    /// <summary>Another process has the lease, and is alive.</summary>
    Held,

    /// <summary>The lease is over: expired, deregistered or taken over.</summary>
    LeaseOver,
}
