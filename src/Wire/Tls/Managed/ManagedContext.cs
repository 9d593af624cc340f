using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls.Managed;

/// <summary>An identity as SslStream has it: where there is no OpenSSL 3 that could be called directly.</summary>
internal sealed class ManagedContext : TlsContext
{
    private readonly SslStreamCertificateContext _certificate;

    public ManagedContext(TlsIdentity identity)
        : base(identity)
    {
        var own = identity.Key switch
        {
            ECDsa key => identity.Certificate.CopyWithPrivateKey(key),
            RSA key => identity.Certificate.CopyWithPrivateKey(key),
            _ => throw new TlsIdentityException(TlsIdentityPart.Key, "it is neither an EC nor an RSA key"),
        };
        if (OperatingSystem.IsWindows())
        {
            own = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null); // its TLS takes no key that is in memory alone
        }

        _certificate = SslStreamCertificateContext.Create(own, [.. identity.Intermediates], offline: true);
    }

    internal override TlsSession Accept(PeerRule rule)
    {
        var judge = new ChainJudge(Identity, rule);
        return new ManagedSession(
            judge,
            null,
            stream => stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _certificate,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateChainPolicy = judge.NewPolicy(),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => judge.Judge(certificate, chain),
            }));
    }

    internal override TlsSession Connect(PeerRule rule, Protocol protocol)
    {
        var judge = new ChainJudge(Identity, rule);
        return new ManagedSession(
            judge,
            protocol,
            stream => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ClientCertificateContext = _certificate,
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [protocol == Protocol.Http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateChainPolicy = judge.NewPolicy(),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => judge.Judge(certificate, chain),
            }));
    }
}
