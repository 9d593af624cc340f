using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>
/// How the anchor of trust is replaced without anybody being left who believes one and is shown the other: everybody learns the new one,
/// then everybody is given certificates of it, then everybody forgets the old one. Each step is one change of the record, so that it is
/// made or not. Pure.
/// </summary>
internal static class AnchorRotation
{
    /// <summary>Sidecars that are not as far as the present phase wants them, which the next one waits for.</summary>
    /// <param name="record">The authority.</param>
    /// <param name="holders">Every sidecar that has an identity.</param>
    public static IReadOnlyList<WaitedFor> WaitedFor(AuthorityRecord record, IEnumerable<IdentityHolder> holders) =>
        [.. from holder in holders
            let why = WhyNot(record, holder)
            where why is not null
            orderby holder.Name
            select new WaitedFor { Sidecar = holder.Name, Why = why }];

    /// <summary>The record of the next phase; of none under way, the first. Whoever is waited for is not looked at here.</summary>
    /// <param name="record">The authority.</param>
    /// <param name="makeAnchor">Makes the anchor that is to come.</param>
    public static AuthorityRecord Next(AuthorityRecord record, Func<AnchorRecord> makeAnchor)
    {
        var next = record.Clone();
        switch (record.Phase)
        {
            case RotationPhase.Preparing:
                next.Phase = RotationPhase.Moving;
                next.Issuing = Other(record).Id;
                break;
            case RotationPhase.Moving:
                next.Phase = RotationPhase.Leaving;
                next.Anchors.Remove(Other(record));
                break;
            case RotationPhase.Leaving:
                next.Phase = RotationPhase.Unspecified;
                break;
            default:
                next.Phase = RotationPhase.Preparing;
                next.Anchors.Add(makeAnchor());
                break;
        }

        return next;
    }

    /// <summary>The record after taking back what was begun.</summary>
    /// <exception cref="TrustException">There is nothing to take back, or it is too late.</exception>
    public static AuthorityRecord Undo(AuthorityRecord record)
    {
        var undone = record.Clone();
        switch (record.Phase)
        {
            // Nobody has a certificate of the new one.
            case RotationPhase.Preparing:
                undone.Phase = RotationPhase.Unspecified;
                undone.Anchors.Remove(Other(record));
                return undone;

            // Some have: they move back, and then it is the new one that everybody leaves.
            case RotationPhase.Moving:
                undone.Issuing = Other(record).Id;
                return undone;
            case RotationPhase.Leaving:
                throw new TrustException("the rotation is in its last phase: the old anchor is gone already; finish it, and rotate again if need be");
            default:
                throw new TrustException("no rotation is under way");
        }
    }

    private static string? WhyNot(AuthorityRecord record, IdentityHolder holder) =>
        record.Phase == RotationPhase.Unspecified ? null
        : !holder.HasApplied ? (holder.IsConnected ? "has not taken the anchors yet" : "is not connected, and has not taken the anchors")
        : record.Phase == RotationPhase.Moving && holder.Anchor != record.Issuing ? "has a certificate of the other anchor still"
        : null;

    private static AnchorRecord Other(AuthorityRecord record) => record.Anchors.First(anchor => anchor.Id != record.Issuing);
}
