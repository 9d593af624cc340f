using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>What people do about the authority: see how it stands, rotate its anchor, deny certificates. Any thread.</summary>
internal sealed class TrustSteering(
    TrustState state, Authority authority, TrustOptions options, NodeStreams streams, ResourceKinds kinds, Replica replica, OtherControlPlanes others, TimeProvider time, ILogger<TrustSteering> log)
{
    // A page of names is all that somebody reads.
    private const int MostShown = 1000;
    private const int MostNamed = 5;

    /// <summary>How it stands.</summary>
    /// <param name="isHere">Only what this control plane knows of the sidecars that are connected to it.</param>
    /// <param name="cancellation">Ends the asking of others.</param>
    public async Task<TrustStatus> ReadAsync(bool isHere, CancellationToken cancellation)
    {
        var current = authority.Current;
        var status = Describe(current);
        var receipts = streams.Receipts(new ResourceKey(kinds.Trust, ReservedName.Value));
        var applied = receipts.Where(receipt => receipt.Error is null && receipt.Applied >= current.Revision).Select(receipt => receipt.Sidecar).ToHashSet(StringComparer.Ordinal);
        var connected = receipts.Select(receipt => receipt.Sidecar).ToHashSet(StringComparer.Ordinal);
        if (isHere || replica.IsAlone)
        {
            status.Applied.Add(isHere ? applied : []);
            status.Connected.Add(isHere ? connected : []);
        }
        else
        {
            var (answers, silent) = await others.AskAsync(
                static (channel, call) => new V1.Trust.TrustClient(channel).GetTrustAsync(new GetTrustRequest { Here = true }, call), static answer => answer.AnsweredBy, cancellation);
            foreach (var answer in answers)
            {
                connected.UnionWith(answer.Connected);
                applied.UnionWith(answer.Version == status.Version ? answer.Applied : []);
            }

            status.Silent.Add(silent);
        }

        var holders = Holders(current.Value, applied, connected);
        var waited = AnchorRotation.WaitedFor(current.Value, holders);
        status.Identities = holders.Count;
        status.Waiting = waited.Count;
        status.WaitedFor.Add(waited.Take(MostShown));
        return status;
    }

    /// <summary>Begins a rotation, or its next phase.</summary>
    /// <exception cref="TrustException">It is not time for that; the message says what is missing.</exception>
    public async Task<TrustStatus> RotateAsync(CancellationToken cancellation)
    {
        var status = await ReadAsync(isHere: false, cancellation);
        var current = authority.Current;
        if (authority.IsGiven)
        {
            throw new TrustException("the authority was given by --ca-cert: it is rotated where it was made");
        }

        if (status.Version != current.Revision)
        {
            throw new TrustException("the authority was changed meanwhile: look at it, and try again");
        }

        if (status.Silent.Count > 0)
        {
            throw new TrustException($"the control plane at {status.Silent[0].Address} cannot be asked for its sidecars: {status.Silent[0].Why}");
        }

        if (status.Waiting > 0)
        {
            var named = string.Join(", ", status.WaitedFor.Take(MostNamed).Select(one => $"{one.Sidecar} {one.Why}"));
            throw new TrustException($"{status.Waiting} of {status.Identities} sidecars are not as far: {named}{(status.Waiting > MostNamed ? ", …" : "")}");
        }

        return await StoreAsync(current, AnchorRotation.Next(current.Value, () => Certificates.NewAnchor(current.Value.TrustDomain, time.GetUtcNow())), cancellation);
    }

    /// <summary>Takes a rotation back.</summary>
    /// <exception cref="TrustException">There is none, or it is too late.</exception>
    public Task<TrustStatus> UndoAsync(CancellationToken cancellation) => StoreAsync(authority.Current, AnchorRotation.Undo(authority.Current.Value), cancellation);

    /// <summary>Denies what an instance has.</summary>
    /// <returns>How many certificates; 0 if it has none.</returns>
    public async Task<int> RevokeAsync(string service, string instance)
    {
        while (true)
        {
            var current = authority.Current;
            var now = time.GetUtcNow();
            var name = $"{service}/{instance}";
            var held = state.Certificates.GetValueOrDefault(TrustKeys.Of(service, instance))?.Value.Certificates.Where(one => now < one.NotAfter.ToDateTimeOffset()).ToList() ?? [];
            var record = current.Value.Clone();
            record.Denied.Clear();
            record.Denied.Add(current.Value.Denied.Where(denied => now < denied.NotAfter.ToDateTimeOffset() && denied.Sidecar != name));
            record.Denied.Add(held.Select(one => new DeniedCertificate { Serial = one.Serial, Sidecar = name, NotAfter = one.NotAfter }));
            if (held.Count == 0 || await authority.StoreAsync(record, current.Revision))
            {
                return held.Count;
            }
        }
    }

    private async Task<TrustStatus> StoreAsync(Stored<AuthorityRecord> current, AuthorityRecord next, CancellationToken cancellation)
    {
        if (!await authority.StoreAsync(next, current.Revision))
        {
            throw new TrustException("the authority was changed meanwhile: look at it, and try again");
        }

        log.LogInformation("the rotation of the anchor of trust: {Before} is over, now {Phase}", current.Value.Phase, next.Phase);
        return await ReadAsync(isHere: false, cancellation);
    }

    private TrustStatus Describe(Stored<AuthorityRecord> current)
    {
        var status = new TrustStatus
        {
            TrustDomain = current.Value.TrustDomain,
            Phase = current.Value.Phase,
            Version = current.Revision,
            AnsweredBy = replica.Owner,
            CertificateTtl = options.CertificateTtl.ToDuration(),
        };
        status.Anchors.Add(current.Value.Anchors.Select(anchor => Describe(anchor, current.Value.Issuing)));
        return status;
    }

    private static TrustAnchor Describe(AnchorRecord anchor, string issuing)
    {
        using var own = Certificates.Read(anchor.Certificate);
        using var issuer = Certificates.Read(anchor.Issuers.Count == 0 ? anchor.Certificate : anchor.Issuers[0]);
        return new TrustAnchor
        {
            Id = anchor.Id,
            NotBefore = Certificates.NotBefore(own).ToTimestamp(),
            NotAfter = Certificates.NotAfter(own).ToTimestamp(),
            IssuerNotAfter = Certificates.NotAfter(issuer).ToTimestamp(),
            Issues = anchor.Id == issuing,
            Given = anchor.PrivateKey.IsEmpty,
        };
    }

    /// <summary>Those whose certificates are good, connected or not.</summary>
    private List<IdentityHolder> Holders(AuthorityRecord record, HashSet<string> applied, HashSet<string> connected)
    {
        var now = time.GetUtcNow();
        var denied = record.Denied.Select(one => one.Sidecar).ToHashSet(StringComparer.Ordinal);
        var anchors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var certificates in state.Certificates.Values.Select(stored => stored.Value))
        {
            if (certificates.Certificates.LastOrDefault() is { } newest && now < newest.NotAfter.ToDateTimeOffset())
            {
                anchors[$"{certificates.Service}/{certificates.InstanceId}"] = newest.Anchor;
            }
        }

        // One that is connected and has none gets one of whichever anchor issues then, and the bundle with it.
        return [.. anchors.Where(one => !denied.Contains(one.Key)).Select(one => new IdentityHolder(one.Key, one.Value, connected.Contains(one.Key), applied.Contains(one.Key)))];
    }
}
