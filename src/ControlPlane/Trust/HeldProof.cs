using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>Looks at the certificate by which a sidecar asks for its next one. Pure.</summary>
internal static class HeldProof
{
    private const string NamesOid = "2.5.29.17";

    private static readonly byte[] Purpose = Encoding.ASCII.GetBytes("mesh-join\n");

    /// <summary>What the certificate's key has to sign: only for the key that is asked for, so that nobody else has a use for it.</summary>
    public static byte[] Signed(ReadOnlySpan<byte> certificateRequest) => [.. Purpose, .. certificateRequest];

    /// <summary>Why it is none; null if it is.</summary>
    /// <param name="held">As it came.</param>
    /// <param name="certificateRequest">What is asked for with it.</param>
    /// <param name="id">Who wants to be shown to be there.</param>
    /// <param name="authority">By whose anchors.</param>
    /// <param name="now">The time.</param>
    /// <param name="serial">The certificate's, if it is in order.</param>
    public static string? FaultOf(HeldCertificate held, ReadOnlySpan<byte> certificateRequest, SpiffeId id, AuthorityRecord authority, DateTimeOffset now, out string serial)
    {
        serial = "";
        var all = new List<X509Certificate2>();
        try
        {
            all.AddRange(held.Chain.Select(Certificates.Read));
            var leaf = all[0];
            serial = leaf.SerialNumber.TrimStart('0').ToLowerInvariant();
            using var key = leaf.GetECDsaPublicKey();
            return !IsAnchored(all, authority, now) ? "its certificate is not one of ours, or has expired"
                : leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority) ? "its certificate is an authority's"
                : !IsOf(leaf, id) ? $"its certificate is not that of {id}"
                : key?.VerifyData(Signed(certificateRequest), held.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) != true ? "its signature is not by its certificate's key"
                : null;
        }
        catch (CryptographicException)
        {
            return "its certificate cannot be read";
        }
        finally
        {
            all.ForEach(one => one.Dispose());
        }
    }

    private static bool IsAnchored(List<X509Certificate2> all, AuthorityRecord authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        var anchors = authority.Anchors.Select(anchor => Certificates.Read(anchor.Certificate)).ToList();
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(all.Skip(1).ToArray());
        try
        {
            return chain.Build(all[0]);
        }
        finally
        {
            anchors.ForEach(one => one.Dispose());
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    // Ours have one name, which is written in one way: what is not that to the octet is not ours.
    private static bool IsOf(X509Certificate2 leaf, SpiffeId id) =>
        leaf.Extensions.Where(extension => extension.Oid?.Value == NamesOid).ToList() is [var names]
        && names.RawData.AsSpan().SequenceEqual(Certificates.NamesOf(id.Text, isCritical: true).RawData);
}
