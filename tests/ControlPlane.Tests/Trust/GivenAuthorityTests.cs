using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Mesh.ControlPlane.Tests.Api;
using Mesh.ControlPlane.Trust;

namespace Mesh.ControlPlane.Tests.Trust;

/// <summary>An authority that somebody else has made (<c>--ca-cert</c>, <c>--ca-key</c>).</summary>
public sealed class GivenAuthorityTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Its_certificates_lead_to_its_anchor_and_its_rotation_is_not_ours()
    {
        var (certificates, key) = Make();
        Assert.True(GivenAuthority.TryRead(certificates, key, Now, out var given, out var fault), fault);
        await using var plane = await TestPlane.StartAsync(trust: new TrustOptions { Given = given, TrustDomain = "corp.example" });
        using var joiner = new Joiner(plane.Identity, "orders", "orders-1");
        var joined = await joiner.JoinAsync((await plane.Trust.CreateTokenAsync(new() { Service = "orders" })).Token);

        Assert.Equal("corp.example", joined.Bundle.TrustDomain);
        Assert.True(joiner.IsBelievedBy(joined.Bundle, plane.Time.GetUtcNow()));
        Assert.Equal("CN=company", X509CertificateLoader.LoadCertificate(joined.Bundle.Anchors[0].Span).Subject);
        Assert.True(Assert.Single((await plane.Trust.GetTrustAsync(new())).Anchors).Given);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await plane.Trust.RotateAsync(new()));
        Assert.Contains("--ca-cert", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_sign_is_refused_in_a_line_that_says_why()
    {
        var (certificates, key) = Make();
        var (_, other) = Make();
        Assert.Contains("not that of the first certificate", Fault(certificates, other), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault(certificates, "no key"), StringComparison.Ordinal);
        Assert.Contains("there are 0 certificates", Fault("nothing", key), StringComparison.Ordinal);
        var expired = GivenAuthority.TryRead(certificates, key, Now.AddYears(20), out _, out var fault);
        Assert.Contains("not valid at this time", fault, StringComparison.Ordinal);
        Assert.False(expired);
    }

    private static string Fault(string certificates, string key)
    {
        Assert.False(GivenAuthority.TryRead(certificates, key, Now, out _, out var fault));
        return fault;
    }

    private static (string Certificates, string Key) Make()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Request("CN=company", rootKey).CreateSelfSigned(Now.AddDays(-1), Now.AddYears(10));
        using var issuer = Request("CN=company's mesh", key).Create(
            root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), Now.AddDays(-1), Now.AddYears(5), [1, 2, 3]);
        return ($"{issuer.ExportCertificatePem()}\n{root.ExportCertificatePem()}\n", key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest Request(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
