namespace Mesh.Wire.Tls;

/// <summary>
/// Whom we talk to: anybody of a trust domain, or one of it. What a peer's certificate is checked against once its chain has been.
/// Immutable.
/// </summary>
/// <param name="TrustDomain">The peer's.</param>
/// <param name="Id">The peer's whole id; null where any of the trust domain will do.</param>
public sealed record PeerRule(string TrustDomain, SpiffeId? Id = null)
{
    /// <summary>Exactly this one.</summary>
    public static PeerRule Of(SpiffeId id) => new(id.TrustDomain, id);

    /// <summary>Whether it may be this one.</summary>
    public bool Allows(SpiffeId peer) => peer.TrustDomain == TrustDomain && (Id is null || Id == peer);

    /// <summary>For people, what stands behind "expected".</summary>
    public string Expected => Id?.Text ?? $"one of spiffe://{TrustDomain}";
}
