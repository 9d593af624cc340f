namespace Mesh.ControlPlane.Replicas;

/// <summary>Whose business the leases of a control plane are.</summary>
internal enum LeaseOwnerStanding
{
    /// <summary>It is this one, or there is no other.</summary>
    Ours,

    /// <summary>The store is out of reach, so that nothing is known of the others.</summary>
    Unknown,

    /// <summary>It is another one that is alive, or the one that leads, which is not this one, sees to it.</summary>
    AnothersBusiness,

    /// <summary>It is gone, and this one leads.</summary>
    Gone,
}
