using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>Makes certificates: anchors, issuers, and those of sidecars. What they say is decided elsewhere.</summary>
internal static class Certificates
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private const string NamesOid = "2.5.29.17";
    private const int UriTag = 6;

    private static readonly TimeSpan AnchorLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan IssuerLife = TimeSpan.FromDays(90);

    /// <summary>An anchor of our own with its first issuer.</summary>
    public static AnchorRecord NewAnchor(string trustDomain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = AuthorityRequest($"CN=anchor of {trustDomain} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, trustDomain, pathLength: 1);
        using var certificate = request.CreateSelfSigned(now - LeafPlan.ClockSkew, now + AnchorLife);
        var anchor = new AnchorRecord
        {
            Id = IdOf(certificate.RawData),
            Certificate = ByteString.CopyFrom(certificate.RawData),
            PrivateKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey()),
        };
        return WithNewIssuer(anchor, trustDomain, now);
    }

    /// <summary>The same anchor with another issuer.</summary>
    /// <param name="anchor">Of our own.</param>
    /// <param name="trustDomain">Whose it is.</param>
    /// <param name="now">The time.</param>
    public static AnchorRecord WithNewIssuer(AnchorRecord anchor, string trustDomain, DateTimeOffset now)
    {
        using var signer = ECDsa.Create();
        signer.ImportPkcs8PrivateKey(anchor.PrivateKey.Span, out _);
        using var own = Read(anchor.Certificate);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = AuthorityRequest($"CN=issuer of {trustDomain} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, trustDomain, pathLength: 0);
        request.CertificateExtensions.Add(AuthorityKeyOf(own));
        var until = now + IssuerLife;
        using var certificate = request.Create(
            own.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), now - LeafPlan.ClockSkew, until < NotAfter(own) ? until : NotAfter(own), RandomNumberGenerator.GetBytes(8));
        var renewed = anchor.Clone();
        renewed.Issuers.Clear();
        renewed.Issuers.Add(ByteString.CopyFrom(certificate.RawData));
        renewed.IssuerPrivateKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey());
        return renewed;
    }

    /// <summary>A sidecar's.</summary>
    /// <param name="plan">What it says.</param>
    /// <param name="key">The sidecar's.</param>
    /// <param name="signer">Who signs it.</param>
    /// <param name="signerKey">With what.</param>
    /// <returns>In DER.</returns>
    public static byte[] Leaf(LeafPlan plan, PublicKey key, X509Certificate2 signer, X509SignatureGenerator signerKey)
    {
        // The subject is empty, and then its names must be critical (RFC 5280, 4.2.1.6).
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUse), new Oid(ClientUse)], critical: false));
        request.CertificateExtensions.Add(NamesOf(plan.Id.Text, isCritical: true));
        request.CertificateExtensions.Add(AuthorityKeyOf(signer));
        using var certificate = request.Create(signer.SubjectName, signerKey, plan.NotBefore, plan.NotAfter, plan.Serial);
        return certificate.RawData;
    }

    /// <summary>Of an anchor: how it is named.</summary>
    public static string IdOf(ReadOnlySpan<byte> certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate));

    public static X509Certificate2 Read(ByteString der) => X509CertificateLoader.LoadCertificate(der.Span);

    public static DateTimeOffset NotAfter(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    public static DateTimeOffset NotBefore(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    private static CertificateRequest AuthorityRequest(string subject, ECDsa key, string trustDomain, int pathLength)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(NamesOf($"spiffe://{trustDomain}", isCritical: false));
        return request;
    }

    /// <summary>The one URI that stands for its subject.</summary>
    public static X509Extension NamesOf(string uri, bool isCritical)
    {
        // To the letter: .NET's Uri would write some otherwise.
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
        {
            names.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, UriTag));
        }

        return new X509Extension(NamesOid, names.Encode(), isCritical);
    }

    private static X509AuthorityKeyIdentifierExtension AuthorityKeyOf(X509Certificate2 signer) =>
        signer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier
            ? X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier)
            : X509AuthorityKeyIdentifierExtension.CreateFromCertificate(signer, includeKeyIdentifier: false, includeIssuerAndSerial: true);
}
