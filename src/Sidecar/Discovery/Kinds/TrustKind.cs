using Mesh.Sidecar.Identity;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>Whom to believe. It is kept with the identity and not with the snapshot: the one is of no use without the other.</summary>
/// <param name="own">What we have; null if this sidecar has no identity by the mesh.</param>
internal sealed class TrustKind(OwnTrust? own) : ResourceKind
{
    public override string Name => "trust";

    public override bool IsWanted(string name) => own is not null && name == ReservedName.Value;

    public override bool Want(string name) => false;

    public override Verdict Apply(Api.Resource resource, Origin origin) =>
        resource.Absent ? default
        : !TryParse(resource, Api.TrustBundle.Parser, out var bundle) ? new Verdict("body: is no TrustBundle", Changed: false)
        : new Verdict(own!.TakeBundle(bundle), Changed: false);

    public override bool OnRejected(Api.Resource resource) => false;

    public override void Forget(string name)
    {
    }

    public override IEnumerable<Api.CachedResource> InForce() => [];

    public override (long Version, Origin Origin)? Known(string name) => null;
}
