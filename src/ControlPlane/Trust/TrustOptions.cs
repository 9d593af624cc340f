namespace Mesh.ControlPlane.Trust;

/// <summary>How the mesh's authority issues.</summary>
internal sealed record TrustOptions
{
    public const string DefaultTrustDomain = "mesh.local";

    /// <summary>Of every identity; null: that of the store, and in an empty one <see cref="DefaultTrustDomain"/>.</summary>
    public string? TrustDomain { get; init; }

    /// <summary>How long certificates of sidecars are valid.</summary>
    public TimeSpan CertificateTtl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The authority that was given; null: one of our own.</summary>
    public GivenAuthority? Given { get; init; }
}
