using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls.Managed;

/// <summary>Judges the certificate that a peer has shown to SslStream, of one handshake.</summary>
/// <param name="identity">Whom we believe.</param>
/// <param name="rule">Who may be there.</param>
internal sealed class ChainJudge(TlsIdentity identity, PeerRule rule)
{
    private const X509ChainStatusFlags OfAnchor = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    /// <summary>Who it is; null if it was refused.</summary>
    public SpiffeId? Peer { get; private set; }

    public HandshakeResult Result { get; private set; }

    /// <summary>Why it was refused, for people; null if it was not looked at.</summary>
    public string? Fault { get; private set; }

    /// <summary>Nothing is fetched from anywhere, and no other anchor counts than ours, which is looked at here.</summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(identity.Anchors.ToArray());
        return policy;
    }

    public bool Judge(X509Certificate? certificate, X509Chain? chain)
    {
        (Peer, Result, Fault) = certificate is not X509Certificate2 leaf || chain is null
            ? (null, HandshakeResult.CertificateVerificationFailed, "it has shown no certificate")
            : Of(leaf, chain);
        return Peer is not null;
    }

    private (SpiffeId? Id, HandshakeResult Result, string? Fault) Of(X509Certificate2 leaf, X509Chain chain)
    {
        if (ChainFaultOf(leaf, chain) is var (result, fault))
        {
            return (null, result, $"its certificate: {fault}");
        }

        var constraints = leaf.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var usage = leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (constraints is { CertificateAuthority: true } || (usage?.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) is not (null or X509KeyUsageFlags.None))
        {
            return (null, HandshakeResult.CertificateVerificationFailed, "its certificate: it may sign certificates");
        }

        var names = leaf.Extensions.Where(extension => extension.Oid?.Value == "2.5.29.17").ToList();
        var why = names.Count == 0 ? "it has no SPIFFE id" : "it has its subject's names twice";
        if (names.Count != 1 || SubjectNames.Read(names[0].RawData, out why) is not { } id)
        {
            return (null, HandshakeResult.CertificateVerificationFailed, $"its certificate: {why}");
        }

        return rule.Allows(id) ? (id, HandshakeResult.Success, null) : (null, HandshakeResult.CertificateHostnameMismatch, $"it is {id}, expected is {rule.Expected}");
    }

    private (HandshakeResult Result, string Fault)? ChainFaultOf(X509Certificate2 leaf, X509Chain chain)
    {
        X509ChainStatusFlags flags = 0;
        foreach (var status in chain.ChainStatus)
        {
            flags |= status.Status;
        }

        if ((flags & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return leaf.NotBefore.ToUniversalTime() > TimeProvider.System.GetUtcNow().UtcDateTime
                ? (HandshakeResult.CertificateNotYetValid, "it is not yet valid")
                : (HandshakeResult.CertificateExpired, "it, or one that it rests on, has expired");
        }

        // One that is trusted as it stands need not be signed by itself.
        var isAnchored = chain.ChainElements.Count <= TlsContext.MostIntermediates + 2
            && chain.ChainElements.Skip(1).Any(element => identity.Anchors.Any(anchor => anchor.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));
        return !isAnchored || (flags & X509ChainStatusFlags.NotSignatureValid) != 0 ? (HandshakeResult.CertificateAuthorityInvalid, "nobody we trust has signed it")
            : (flags & ~OfAnchor) != 0 ? (HandshakeResult.CertificateVerificationFailed, $"{flags & ~OfAnchor}")
            : null;
    }
}
