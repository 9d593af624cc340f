using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>Who this sidecar is, and whom it does not let in. Part of <see cref="MetricsPage"/>.</summary>
internal static class TrustMetrics
{
    public static void Write(PrometheusWriter page, SidecarView view)
    {
        if (view.Own is { } own)
        {
            page.Single("mesh_identity_expiry_timestamp_seconds", "gauge", "When this sidecar's certificate is over, in Unix time; 0 while there is none.", own.Current?.Identity.NotAfter.ToUnixTimeSeconds() ?? 0);
            page.Single("mesh_trust_anchors", "gauge", "Anchors that this sidecar believes: two while they are rotated.", own.Current?.Bundle.Anchors.Count ?? 0);
        }

        if (view.Denials is { } denials)
        {
            page.Family("mesh_authorization_denied_total", "counter", "Calls that authorization did not let in, or with dry_run would not: by the rule that took them or came nearest, and what of it did not match.");
            foreach (var (rule, missing, isDryRun, count) in denials.Sums)
            {
                page.Sample(count, ("rule", rule ?? ""), ("missing", Words.Of(missing)), ("dry_run", isDryRun ? "true" : "false"));
            }
        }
    }
}
