using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>An authority that was made elsewhere: its certificates are kept in the store, its key only in this process.</summary>
/// <param name="Anchor">Without keys.</param>
/// <param name="Key">Of the one that signs.</param>
internal sealed record GivenAuthority(AnchorRecord Anchor, ECDsa Key)
{
    /// <summary>Reads it from PEM: the one that signs comes first, the anchor last.</summary>
    /// <param name="certificates">One or more.</param>
    /// <param name="key">An EC key, not encrypted.</param>
    /// <param name="now">The time.</param>
    /// <param name="authority">What was read.</param>
    /// <param name="fault">What is wrong, and what to do.</param>
    public static bool TryRead(string certificates, string key, DateTimeOffset now, [NotNullWhen(true)] out GivenAuthority? authority, out string fault)
    {
        authority = null;
        var chain = new X509Certificate2Collection();
        ECDsa? signer = ECDsa.Create();
        try
        {
            chain.ImportFromPem(certificates);
            signer.ImportFromPem(key);
            fault = FaultOf(chain, signer, now) ?? "";
            if (fault.Length == 0)
            {
                var anchor = chain[^1].RawData;
                authority = new GivenAuthority(new AnchorRecord { Id = Certificates.IdOf(anchor), Certificate = ByteString.CopyFrom(anchor) }, signer);
                authority.Anchor.Issuers.Add(chain.SkipLast(1).Select(one => ByteString.CopyFrom(one.RawData)));
                signer = null; // it is the authority's now
                return true;
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            fault = "the certificates or the key cannot be read: they must be in PEM, the key an EC key that is not encrypted";
        }
        finally
        {
            signer?.Dispose();
            foreach (var one in chain)
            {
                one.Dispose();
            }
        }

        return false;
    }

    private static string? FaultOf(X509Certificate2Collection chain, ECDsa signer, DateTimeOffset now)
    {
        if (chain.Count is 0 or > 4)
        {
            return $"there are {chain.Count} certificates; give the one that signs, and behind it those that lead to the anchor, 4 at most";
        }

        foreach (var one in chain)
        {
            if (one.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            {
                return $"'{PrintableText.Of(one.Subject, 200)}' is not that of a certificate authority (basicConstraints CA:TRUE)";
            }

            if (now < Certificates.NotBefore(one) || now >= Certificates.NotAfter(one))
            {
                return $"'{PrintableText.Of(one.Subject, 200)}' is not valid at this time; renew it";
            }
        }

        return signer.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(chain[0].PublicKey.ExportSubjectPublicKeyInfo())
            ? null
            : "the key is not that of the first certificate; give the two that were made together";
    }
}
