using Api = Mesh.V1;

namespace Mesh.Sidecar.Identity;

/// <summary>An identity, and whom it believes: all that TLS needs.</summary>
/// <param name="Identity">Who we are.</param>
/// <param name="Bundle">Whom we believe, and which certificates are denied.</param>
internal sealed record TrustView(WorkloadIdentity Identity, Api.TrustBundle Bundle)
{
    /// <summary>The anchors in PEM.</summary>
    public string AnchorsPem => WorkloadIdentity.Pem(Bundle.Anchors);

    /// <summary>Whether our own certificate is among those that are not to be believed.</summary>
    public bool IsDenied => Bundle.Denied.Any(denied => denied.Serial == Identity.Serial);
}
