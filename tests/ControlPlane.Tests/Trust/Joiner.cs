using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Trust;

/// <summary>A sidecar that makes its key and asks for certificates, as far as the API goes.</summary>
internal sealed class Joiner(V1.Identity.IdentityClient identity, string service, string instance) : IDisposable
{
    private ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The last answer.</summary>
    public JoinResponse? Held { get; private set; }

    public X509Certificate2 Certificate => X509CertificateLoader.LoadCertificate(Held!.Chain[0].Span);

    public async Task<JoinResponse> JoinAsync(string token)
    {
        var response = await identity.JoinAsync(new JoinRequest { Service = service, InstanceId = instance, CertificateRequest = RequestOf(_key), Token = token });
        return Held = response;
    }

    /// <summary>With a new key.</summary>
    public async Task<JoinResponse> RenewAsync(Action<JoinRequest>? change = null)
    {
        var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new JoinRequest { Service = service, InstanceId = instance, CertificateRequest = RequestOf(next) };
        request.Held = new HeldCertificate
        {
            Chain = { Held!.Chain },
            Signature = ByteString.CopyFrom(_key.SignData([.. "mesh-join\n"u8, .. request.CertificateRequest], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
        };
        change?.Invoke(request);
        var response = await identity.JoinAsync(request);
        (_key, Held) = (next, response);
        return response;
    }

    /// <summary>Whether the certificate leads to an anchor of the bundle at a time.</summary>
    public bool IsBelievedBy(TrustBundle bundle, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        foreach (var anchor in bundle.Anchors)
        {
            chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(anchor.Span));
        }

        foreach (var issuer in Held!.Chain.Skip(1))
        {
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(issuer.Span));
        }

        return chain.Build(Certificate);
    }

    public void Dispose() => _key.Dispose();

    private static ByteString RequestOf(ECDsa key) =>
        ByteString.CopyFrom(new CertificateRequest("CN=whatever it says", key, HashAlgorithmName.SHA256).CreateSigningRequest());
}
