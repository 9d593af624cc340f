using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>
/// Who we are and whom we believe: a certificate with its chain and key, and the anchors of trust. Immutable: what is renewed is another
/// one. Made aside, never on a loop. It owns its certificates for as long as it lives.
/// </summary>
public sealed class TlsIdentity
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private TlsIdentity(SpiffeId id, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> intermediates, AsymmetricAlgorithm key, IReadOnlyList<X509Certificate2> anchors)
    {
        Id = id;
        Certificate = certificate;
        Intermediates = intermediates;
        Key = key;
        Anchors = anchors;
    }

    /// <summary>Who we are.</summary>
    public SpiffeId Id { get; }

    /// <summary>Until when the certificate says so.</summary>
    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>From when on.</summary>
    public DateTimeOffset NotBefore => new(Certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Hexadecimal, for people.</summary>
    public string Serial => Certificate.SerialNumber;

    internal X509Certificate2 Certificate { get; }

    internal IReadOnlyList<X509Certificate2> Intermediates { get; }

    internal IReadOnlyList<X509Certificate2> Anchors { get; }

    internal AsymmetricAlgorithm Key { get; }

    /// <summary>Reads one from PEM.</summary>
    /// <param name="certificates">The certificate, then those that lead to an anchor.</param>
    /// <param name="key">Of the certificate: EC or RSA, not encrypted.</param>
    /// <param name="anchors">One or more; each is trusted as it stands, self-signed or not.</param>
    /// <exception cref="TlsIdentityException">One of them is not as it must be: the message says which, and what to do.</exception>
    public static TlsIdentity FromPem(string certificates, string key, string anchors)
    {
        var chain = ReadCertificates(TlsIdentityPart.Certificate, certificates);
        var trusted = ReadCertificates(TlsIdentityPart.Anchors, anchors);
        var leaf = chain[0];
        var id = IdOf(leaf);
        var privateKey = ReadKey(key);
        if (!privateKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new TlsIdentityException(TlsIdentityPart.Key, "it is not the key of the certificate: give the two that were made together");
        }

        return new TlsIdentity(id, leaf, chain[1..], privateKey, trusted);
    }

    private static X509Certificate2[] ReadCertificates(TlsIdentityPart part, string pem)
    {
        var collection = new X509Certificate2Collection();
        try
        {
            collection.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new TlsIdentityException(part, "one of its certificates cannot be read: they must be X.509 in PEM");
        }

        return collection.Count > 0 ? [.. collection] : throw new TlsIdentityException(part, "there is no certificate in it: it must hold '-----BEGIN CERTIFICATE-----'");
    }

    private static AsymmetricAlgorithm ReadKey(string pem)
    {
        foreach (var make in (ReadOnlySpan<Func<AsymmetricAlgorithm>>)[ECDsa.Create, RSA.Create])
        {
            var key = make();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                key.Dispose();
            }
        }

        throw new TlsIdentityException(TlsIdentityPart.Key, "there is no key in it that can be read: it must hold an EC or RSA key in PEM, not encrypted");
    }

    private static SpiffeId IdOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == "2.5.29.17");
        var fault = "it has no SPIFFE id";
        if (names is null || SubjectNames.Read(names.RawData, out fault) is not { } id)
        {
            throw new TlsIdentityException(TlsIdentityPart.Certificate, $"{fault}: it must have one URI among its subject's names, such as spiffe://mesh.local/service/orders");
        }

        var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault()?.EnhancedKeyUsages;
        if (uses is not null && (uses[ServerUse] is null || uses[ClientUse] is null))
        {
            throw new TlsIdentityException(TlsIdentityPart.Certificate, "its extended key usage must have both serverAuth and clientAuth: a sidecar is both");
        }

        return certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)
            ? throw new TlsIdentityException(TlsIdentityPart.Certificate, "it is a certificate authority's, which nobody accepts as a service's: the service's own comes first")
            : id;
    }
}

/// <summary>Which part of an identity.</summary>
public enum TlsIdentityPart
{
    /// <summary>The certificate and its chain.</summary>
    Certificate,

    /// <summary>Its key.</summary>
    Key,

    /// <summary>The anchors of trust.</summary>
    Anchors,
}

/// <summary>A part of an identity is not as it must be.</summary>
/// <param name="part">Which.</param>
/// <param name="message">What is wrong with it, and what to do.</param>
public sealed class TlsIdentityException(TlsIdentityPart part, string message) : Exception(message)
{
    /// <summary>Which.</summary>
    public TlsIdentityPart Part => part;
}
