using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Identity;

/// <summary>
/// Who this sidecar is: its certificate, with those that lead to an anchor, and the key that it has made itself. Immutable; what is
/// renewed is another one. Any thread.
/// </summary>
internal sealed class WorkloadIdentity
{
    private readonly byte[] _key;
    private readonly IReadOnlyList<ByteString> _chain;

    private WorkloadIdentity(IReadOnlyList<ByteString> chain, byte[] key, string anchor, DateTimeOffset issued, DateTimeOffset notAfter, string serial)
    {
        _chain = chain;
        _key = key;
        Anchor = anchor;
        Issued = issued;
        NotAfter = notAfter;
        Serial = serial;
    }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>The id of the anchor that it leads to.</summary>
    public string Anchor { get; }

    /// <summary>In lower-case hexadecimal, without leading zeros.</summary>
    public string Serial { get; }

    /// <summary>The certificate, then those that lead to an anchor, in DER.</summary>
    public IReadOnlyList<ByteString> Chain => _chain;

    /// <summary>The same in PEM.</summary>
    public string ChainPem => Pem(_chain);

    /// <summary>The key in PEM, PKCS#8 and not encrypted: never to be shown.</summary>
    public string KeyPem => PemEncoding.WriteString("PRIVATE KEY", _key);

    /// <summary>Puts together what was issued and its key.</summary>
    /// <param name="chain">In DER.</param>
    /// <param name="key">PKCS#8; the identity's from now on.</param>
    /// <param name="anchor">That it leads to.</param>
    /// <param name="issued">When.</param>
    /// <returns>Null if it is not a certificate of that key.</returns>
    public static WorkloadIdentity? Of(IReadOnlyList<ByteString> chain, byte[] key, string anchor, DateTimeOffset issued)
    {
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(chain.Count == 0 ? [] : chain[0].Span);
            using var pair = ECDsa.Create();
            pair.ImportPkcs8PrivateKey(key, out _);
            return pair.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo())
                ? new WorkloadIdentity([.. chain], key, anchor, issued, new DateTimeOffset(leaf.NotAfter.ToUniversalTime(), TimeSpan.Zero), leaf.SerialNumber.TrimStart('0').ToLowerInvariant())
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>What a sidecar keeps on disk.</summary>
    /// <returns>Null if it cannot be right.</returns>
    public static WorkloadIdentity? Of(Api.KeptIdentity kept) =>
        kept.Issued is { } issued ? Of(kept.Chain, kept.PrivateKey.ToByteArray(), kept.Anchor, issued.ToDateTimeOffset()) : null;

    /// <summary>Signs by its key.</summary>
    public byte[] Sign(byte[] data)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_key, out _);
        return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Whether it leads to one of these anchors, at a time.</summary>
    public bool RestsOn(IEnumerable<ByteString> anchors, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var all = new List<X509Certificate2>();
        try
        {
            all.AddRange(_chain.Concat(anchors).Select(der => X509CertificateLoader.LoadCertificate(der.Span)));
            var policy = chain.ChainPolicy;
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.RevocationMode = X509RevocationMode.NoCheck;
            policy.DisableCertificateDownloads = true;
            policy.VerificationTime = now.UtcDateTime;
            policy.ExtraStore.AddRange(all.Take(_chain.Count).Skip(1).ToArray());
            policy.CustomTrustStore.AddRange(all.Skip(_chain.Count).ToArray());
            return chain.Build(all[0]);
        }
        catch (CryptographicException)
        {
            return false; // one of them is no certificate
        }
        finally
        {
            all.ForEach(one => one.Dispose());
        }
    }

    /// <summary>For the disk.</summary>
    public Api.KeptIdentity ToKept(Api.TrustBundle bundle) =>
        new() { Chain = { _chain }, PrivateKey = ByteString.CopyFrom(_key), Bundle = bundle, Issued = Issued.ToTimestamp(), Anchor = Anchor };

    /// <summary>Certificates in PEM.</summary>
    public static string Pem(IEnumerable<ByteString> certificates)
    {
        var text = new StringBuilder();
        foreach (var certificate in certificates)
        {
            text.Append(PemEncoding.WriteString("CERTIFICATE", certificate.Span)).Append('\n');
        }

        return text.ToString();
    }
}
