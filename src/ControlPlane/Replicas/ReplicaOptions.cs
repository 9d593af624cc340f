namespace Mesh.ControlPlane.Replicas;

/// <summary>How this control plane shows itself to others on the same store.</summary>
internal sealed record ReplicaOptions
{
    /// <summary>How long its session outlives it; default 15 s. Its instances are nobody's after that, and removed one lease TTL later.</summary>
    public TimeSpan SessionTtl { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>HOST:PORT at which its API is reached, by people and by the others; empty if it is not known.</summary>
    public string Address { get; init; } = "";

    /// <summary>
    /// What a lease TTL comes to: half as much again, since a control plane to which thousands come back may be late by seconds, and whoever loses its session
    /// has all of them register anew. Etcd knows no shorter session than 2 s; a longer one than 15 s would keep the next leader waiting.
    /// </summary>
    public static TimeSpan SessionTtlFor(TimeSpan leaseTtl) => TimeSpan.FromSeconds(Math.Clamp(leaseTtl.TotalSeconds * 1.5, 2, 15));
}
