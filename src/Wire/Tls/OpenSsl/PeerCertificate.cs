using System.Runtime.InteropServices;

namespace Mesh.Wire.Tls.OpenSsl;

/// <summary>
/// Judges the certificate that a peer has shown: its chain by the library, then what SPIFFE asks of it (X509-SVID sections 4 and 5), then
/// whose it is. An error it sets becomes the alert that the peer is sent.
/// </summary>
internal static unsafe class PeerCertificate
{
    private const int Expired = 10;

    /// <summary>Becomes bad_certificate.</summary>
    private const int NameMismatch = 62;

    /// <summary>What it comes to.</summary>
    /// <param name="verification">The library's X509_STORE_CTX.</param>
    /// <param name="rule">Who may be there.</param>
    public static (SpiffeId? Id, HandshakeResult Result, string Fault) Verify(nint verification, PeerRule rule)
    {
        if (LibSsl.VerifyChain(verification) <= 0)
        {
            var error = LibSsl.VerifyErrorOf(verification);
            var result = ResultOf(error);
            if (result == HandshakeResult.CertificateNotYetValid)
            {
                LibSsl.SetVerifyError(verification, Expired); // "or is not currently valid" (RFC 8446 section 6.2)
            }

            return (null, result, $"its certificate: {Marshal.PtrToStringUTF8(LibSsl.VerifyErrorText(error))}");
        }

        var certificate = LibSsl.CertificateOf(verification);
        var fault = UseFaultOf(certificate);
        if (fault is null && NameOf(certificate, out fault) is { } id)
        {
            if (rule.Allows(id))
            {
                return (id, HandshakeResult.Success, "");
            }

            LibSsl.SetVerifyError(verification, NameMismatch);
            return (null, HandshakeResult.CertificateHostnameMismatch, $"it is {id}, expected is {rule.Expected}");
        }

        LibSsl.SetVerifyError(verification, NameMismatch);
        return (null, HandshakeResult.CertificateVerificationFailed, $"its certificate: {fault}");
    }

    /// <summary>Who may sign certificates could make himself anybody's.</summary>
    private static string? UseFaultOf(nint certificate)
    {
        var flags = LibSsl.ExtensionFlags(certificate);
        return (flags & LibSsl.IsAuthority) != 0 ? "it is a certificate authority's"
            : (flags & LibSsl.HasKeyUsage) != 0 && (LibSsl.KeyUsage(certificate) & LibSsl.UsageOfAuthority) != 0 ? "it may sign certificates"
            : null;
    }

    private static SpiffeId? NameOf(nint certificate, out string? fault)
    {
        var at = LibSsl.FindExtension(certificate, LibSsl.SubjectAlternativeName, -1);
        if (at < 0 || LibSsl.FindExtension(certificate, LibSsl.SubjectAlternativeName, at) >= 0)
        {
            fault = at < 0 ? "it has no SPIFFE id" : "it has its subject's names twice";
            return null;
        }

        var content = LibSsl.ContentOf(LibSsl.Extension(certificate, at));
        return SubjectNames.Read(new ReadOnlySpan<byte>(LibSsl.BytesOf(content), LibSsl.LengthOf(content)), out fault);
    }

    /// <summary>X509_V_ERR_*.</summary>
    private static HandshakeResult ResultOf(int error) => error switch
    {
        Expired => HandshakeResult.CertificateExpired,
        9 => HandshakeResult.CertificateNotYetValid,
        23 => HandshakeResult.CertificateRevoked,
        2 or 7 or 18 or 19 or 20 or 21 or 22 => HandshakeResult.CertificateAuthorityInvalid,
        _ => HandshakeResult.CertificateVerificationFailed,
    };
}
