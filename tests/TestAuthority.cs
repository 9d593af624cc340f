using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh;

/// <summary>A certificate authority for tests, which signs whatever it is asked to, right or wrong.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "test CA", TestAuthority? issuer = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Certificate = issuer is null
            ? request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30))
            : request.Create(issuer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer._key), Now.AddDays(-29), Now.AddDays(29), RandomNumberGenerator.GetBytes(8));
    }

    public static DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    /// <summary>A service's certificate and key, as PEM.</summary>
    public (string Certificate, string Key) Issue(string service, string domain = "mesh.test", TestLeaf? leaf = null) =>
        Issue((leaf ?? new TestLeaf()) with { Names = leaf?.Names ?? [$"spiffe://{domain}/service/{service}"] });

    /// <summary>The same with whatever is asked for.</summary>
    public (string Certificate, string Key) Issue(TestLeaf leaf)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        if (leaf.IsAuthority)
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        }

        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | leaf.MoreUsage, critical: true));
        if (leaf.Uses is { } uses)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], critical: false));
        }

        if (leaf.Names is { Count: > 0 } names)
        {
            request.CertificateExtensions.Add(new X509Extension("2.5.29.17", NamesOf(names, leaf.MoreDnsNames), critical: true));
        }

        if (leaf.IsSelfSigned)
        {
            using var own = request.CreateSelfSigned(leaf.From ?? Now.AddHours(-1), leaf.Until ?? Now.AddDays(1));
            return (own.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem());
        }

        using var certificate = request.Create(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), leaf.From ?? Now.AddHours(-1), leaf.Until ?? Now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>Written by hand, since no library would write what is wrong.</summary>
    private static byte[] NamesOf(IReadOnlyList<string> uris, int dnsNames)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var uri in uris)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
            }

            for (var i = 0; i < dnsNames; i++)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, $"name-{i}.example", new Asn1Tag(TagClass.ContextSpecific, 2));
            }
        }

        return writer.Encode();
    }

    /// <summary>What a leaf is to be like; by default in order.</summary>
    internal sealed record TestLeaf
    {
        public IReadOnlyList<string>? Names { get; init; }

        public int MoreDnsNames { get; init; }

        public DateTimeOffset? From { get; init; }

        public DateTimeOffset? Until { get; init; }

        public IReadOnlyList<string>? Uses { get; init; } = [ServerUse, ClientUse];

        public X509KeyUsageFlags MoreUsage { get; init; }

        public bool IsAuthority { get; init; }

        public bool IsSelfSigned { get; init; }

        public static TestLeaf ForServersOnly => new() { Uses = [ServerUse] };

        public static TestLeaf ForMailOnly => new() { Uses = ["1.3.6.1.5.5.7.3.4"] };
    }
}
