using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>
/// The mesh's certificate authority: made when the store has none, by one of the control planes that share it, and kept there. Any thread.
/// </summary>
internal sealed class Authority(TrustState state, Journal journal, TrustOptions options, TimeProvider time, ILogger<Authority> log)
{
    // An issuer is renewed in time for the certificates that it signs to have their whole life.
    private const double IssuerUse = 2.0 / 3;

    /// <summary>As it stands.</summary>
    public Stored<AuthorityRecord> Current => state.Authority ?? throw new StoreException(StoreFault.Unavailable, "the mesh's authority is not there yet: try again");

    public bool IsGiven => options.Given is not null;

    /// <summary>Makes it if there is none, and sees whether what there is fits what was asked for.</summary>
    /// <exception cref="TrustException">It does not.</exception>
    /// <exception cref="StoreException">It cannot be stored.</exception>
    public async Task StartAsync()
    {
        if (state.Authority is null)
        {
            var domain = options.TrustDomain ?? TrustOptions.DefaultTrustDomain;
            var anchor = options.Given?.Anchor ?? Certificates.NewAnchor(domain, time.GetUtcNow());
            var made = await StoreAsync(new AuthorityRecord { TrustDomain = domain, Issuing = anchor.Id, Anchors = { anchor } }, expected: 0);
            if (made)
            {
                // Whoever wants to know asks meshctl trust status; who cannot listen says nothing but that.
                log.LogDebug("the mesh '{TrustDomain}' has a new anchor of trust, {Anchor}", domain, anchor.Id[..16]);
            }
        }

        var record = Current.Value;
        if (options.TrustDomain is { } wanted && wanted != record.TrustDomain)
        {
            throw new TrustException($"--trust-domain {wanted}: the store's mesh is '{record.TrustDomain}', and its identities are of that; give that one, or an empty store");
        }

        if (options.Given is { } given && record.Anchors.All(anchor => anchor.Id != given.Anchor.Id))
        {
            throw new TrustException($"--ca-cert: leads to the anchor {given.Anchor.Id[..16]}, and sidecars of this store believe {record.Issuing[..16]}; give one that leads to that, or an empty store");
        }

        if (options.Given is null && Issuing(record).IssuerPrivateKey.IsEmpty)
        {
            throw new TrustException("--ca-cert: the authority of this store was given from outside, and its key is not kept; give --ca-cert and --ca-key");
        }
    }

    /// <summary>Signs a certificate. Who asks may have it, which is not looked at here.</summary>
    /// <param name="record">The authority.</param>
    /// <param name="id">Who it is.</param>
    /// <param name="key">The sidecar's.</param>
    public SignedLeaf Sign(AuthorityRecord record, SpiffeId id, PublicKey key)
    {
        var anchor = Issuing(record);
        var isGiven = options.Given?.Anchor.Id == anchor.Id;
        var issuers = isGiven ? options.Given!.Anchor.Issuers : anchor.Issuers;
        using var signer = Certificates.Read(issuers.Count == 0 ? anchor.Certificate : issuers[0]);
        using var own = isGiven ? null : ECDsa.Create();
        own?.ImportPkcs8PrivateKey(anchor.IssuerPrivateKey.Span, out _);
        var plan = LeafPlan.For(id, Certificates.NotAfter(signer), time.GetUtcNow(), options.CertificateTtl, RandomNumberGenerator.GetBytes(16));
        var leaf = Certificates.Leaf(plan, key, signer, X509SignatureGenerator.CreateForECDsa(own ?? options.Given!.Key));
        return new SignedLeaf(plan, anchor.Id, [ByteString.CopyFrom(leaf), .. issuers]);
    }

    /// <summary>Has the issuer be another when most of its life is over. Its anchor stays, so nobody has to learn anything.</summary>
    public async Task RenewIssuerAsync()
    {
        var current = Current;
        var anchor = Issuing(current.Value);
        if (anchor.PrivateKey.IsEmpty || anchor.Issuers.Count == 0)
        {
            return;
        }

        using var issuer = Certificates.Read(anchor.Issuers[0]);
        var (from, until) = (Certificates.NotBefore(issuer), Certificates.NotAfter(issuer));
        if (time.GetUtcNow() < from + ((until - from) * IssuerUse))
        {
            return;
        }

        var record = current.Value.Clone();
        record.Anchors[record.Anchors.IndexOf(anchor)] = Certificates.WithNewIssuer(anchor, record.TrustDomain, time.GetUtcNow());
        if (await StoreAsync(record, current.Revision))
        {
            log.LogInformation("the issuer of the mesh's certificates was renewed");
        }
    }

    /// <summary>Replaces the record, unless somebody else was quicker.</summary>
    public async Task<bool> StoreAsync(AuthorityRecord record, long expected) =>
        (await journal.AppendAsync(Batch.Of([new Precondition(TrustKeys.Authority, expected)], [new StoreChange(TrustKeys.Authority, record.ToByteArray())]))).IsApplied;

    public static AnchorRecord Issuing(AuthorityRecord record) => record.Anchors.First(anchor => anchor.Id == record.Issuing);

    /// <summary>What sidecars are told of it.</summary>
    public static TrustBundle BundleOf(Stored<AuthorityRecord> stored)
    {
        var record = stored.Value;
        var bundle = new TrustBundle { TrustDomain = record.TrustDomain, IssuingAnchor = record.Issuing, Version = stored.Revision };
        bundle.Anchors.Add(record.Anchors.Select(anchor => anchor.Certificate));
        bundle.Denied.Add(record.Denied);
        return bundle;
    }
}
