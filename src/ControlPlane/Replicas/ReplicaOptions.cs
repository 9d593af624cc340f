namespace Mesh.ControlPlane.Replicas;

/// <summary>How this control plane shows itself to others on the same store.</summary>
internal sealed record ReplicaOptions
{
    /// <summary>How long its session outlives it; default 10 s. Its instances are nobody's after that, and removed one lease TTL later.</summary>
    public TimeSpan SessionTtl { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>HOST:PORT at which its API is reached, by people and by the others; empty if it is not known.</summary>
    public string Address { get; init; } = "";

    /// <summary>What a lease TTL comes to: etcd knows no shorter session than 2 s, and a longer one than 10 s serves nobody.</summary>
    public static TimeSpan SessionTtlFor(TimeSpan leaseTtl) =>
        leaseTtl < TimeSpan.FromSeconds(2) ? TimeSpan.FromSeconds(2) : leaseTtl > TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : leaseTtl;
}
