using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>Issues certificates to sidecars that prove who they are, and keeps account of them. Any thread.</summary>
internal sealed class Joining(TrustState state, Authority authority, JoinTokens tokens, Journal journal, TimeProvider time, ILogger<Joining> log)
{
    /// <summary>Of one instance, that have not expired: one that asks for more makes us forget, and so could not be denied.</summary>
    public const int MostHeld = 8;

    // Of records whose certificates have all expired, with each that is issued.
    private const int MostForgotten = 20;

    // To look for them goes through all.
    private static readonly TimeSpan ForgettingPause = TimeSpan.FromMinutes(1);

    private long _forgotten = time.GetTimestamp();

    /// <summary>Issues one.</summary>
    /// <param name="request">In order as far as its form goes.</param>
    /// <returns>Null if its proof is none.</returns>
    /// <exception cref="TrustException">The certificate request is none.</exception>
    /// <exception cref="StoreException">Nothing can be stored.</exception>
    public async Task<JoinResponse?> JoinAsync(JoinRequest request)
    {
        var key = KeyOf(request.CertificateRequest);
        await authority.RenewIssuerAsync();
        while (true)
        {
            var current = authority.Current;
            var now = time.GetUtcNow();
            var id = SpiffeId.OfService(current.Value.TrustDomain, request.Service);
            var recordKey = TrustKeys.Of(request.Service, request.InstanceId);
            var before = state.Certificates.GetValueOrDefault(recordKey);
            Stored<TokenRecord>? token = null;
            if (Refusal(request, current.Value, id, before?.Value, now, ref token) is { } why)
            {
                log.LogWarning("an identity was refused to {Service}/{Instance}: {Why}", request.Service, request.InstanceId, why);
                return null;
            }

            var signed = authority.Sign(current.Value, id, key);
            var record = new CertificatesRecord { Service = request.Service, InstanceId = request.InstanceId, TokenId = token?.Value.Token.Id ?? before?.Value.TokenId ?? "" };
            record.Certificates.Add(before?.Value.Certificates.Where(one => now < one.NotAfter.ToDateTimeOffset()).TakeLast(MostHeld - 1) ?? []);
            record.Certificates.Add(new IssuedCertificate
            {
                Serial = signed.Plan.SerialText,
                NotBefore = signed.Plan.NotBefore.ToTimestamp(),
                NotAfter = signed.Plan.NotAfter.ToTimestamp(),
                Anchor = signed.Anchor,
            });
            if (await StoreAsync(recordKey, record, before?.Revision ?? 0, current.Revision, token, now))
            {
                log.LogInformation("{Id} has a certificate at {Instance} until {NotAfter:u}", id, request.InstanceId, signed.Plan.NotAfter);
                return new JoinResponse { Chain = { signed.Chain }, Bundle = Authority.BundleOf(current) };
            }
        }
    }

    private string? Refusal(JoinRequest request, AuthorityRecord current, SpiffeId id, CertificatesRecord? before, DateTimeOffset now, ref Stored<TokenRecord>? token)
    {
        var sidecar = $"{request.Service}/{request.InstanceId}";
        if (current.Denied.Any(denied => denied.Sidecar == sidecar && now < denied.NotAfter.ToDateTimeOffset()))
        {
            return "its certificates were revoked";
        }

        if (request.ProofCase == JoinRequest.ProofOneofCase.Token)
        {
            return tokens.TryFind(request.Token, request.Service, out token, out var fault) ? null : fault;
        }

        return HeldProof.FaultOf(request.Held, request.CertificateRequest.Span, id, current, now, out var serial) is { } why ? why
            : before?.Certificates.Any(one => one.Serial == serial) == true ? null
            : "its certificate is not this instance's";
    }

    private async Task<bool> StoreAsync(string key, CertificatesRecord record, long before, long authorityRevision, Stored<TokenRecord>? token, DateTimeOffset now)
    {
        List<Precondition> conditions = [new(key, before), new(TrustKeys.Authority, authorityRevision)];
        List<StoreChange> changes = [new(key, record.ToByteArray())];
        if (token is not null)
        {
            conditions.Add(new Precondition(TrustKeys.Token(token.Value.Token.Id), token.Revision));
            changes.Add(JoinTokens.Used(token));
        }

        foreach (var (forgotten, stored) in ToForget(key, now))
        {
            conditions.Add(new Precondition(forgotten, stored.Revision));
            changes.Add(new StoreChange(forgotten, null));
        }

        return (await journal.AppendAsync(Batch.Of(conditions, changes))).IsApplied;
    }

    private List<KeyValuePair<string, Stored<CertificatesRecord>>> ToForget(string but, DateTimeOffset now)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _forgotten)) < ForgettingPause)
        {
            return [];
        }

        Volatile.Write(ref _forgotten, time.GetTimestamp());
        return [.. state.Certificates.Where(one => one.Key != but && IsOver(one.Value.Value, now)).Take(MostForgotten)];
    }

    private static bool IsOver(CertificatesRecord record, DateTimeOffset now) => record.Certificates.All(one => one.NotAfter.ToDateTimeOffset() <= now);

    private static PublicKey KeyOf(ByteString certificateRequest)
    {
        try
        {
            // It also checks that whoever asks has the key.
            var request = CertificateRequest.LoadSigningRequest(certificateRequest.ToByteArray(), HashAlgorithmName.SHA256);
            using var key = request.PublicKey.GetECDsaPublicKey();
            return key?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
                ? request.PublicKey
                : throw new TrustException("certificate_request: its key is not one of ECDSA on P-256");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new TrustException("certificate_request: is no PKCS#10 in DER that is signed by its own key");
        }
    }
}
