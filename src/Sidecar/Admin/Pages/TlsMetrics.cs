using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Readings;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>What /metrics says of mutual TLS; nothing where all is in clear.</summary>
internal static class TlsMetrics
{
    public static void Write(PrometheusWriter page, SidecarView view)
    {
        if (view.Tls is not { } tls)
        {
            return;
        }

        page.Family("mesh_tls_handshakes_total", "counter", "Handshakes of TLS by how they ended, in gRPC's words (A118): downstream of callers, upstream with endpoints.");
        foreach (var result in HandshakeCounters.All)
        {
            page.Sample(tls.Inbound[result], ("side", "downstream"), ("result", HandshakeCounters.Name(result)));
            page.Sample(tls.Outbound[result], ("side", "upstream"), ("result", HandshakeCounters.Name(result)));
        }

        page.Family("mesh_tls_floods_total", "counter", "Connections ended since the peer sent records of TLS that carry nothing, one after the other.");
        page.Sample(tls.Inbound.Floods, ("side", "downstream"));
        page.Sample(tls.Outbound.Floods, ("side", "upstream"));
        page.Family("mesh_clear_connections_total", "counter", "Callers in clear on the inbound port: refused where it is strict, taken where it is permissive.");
        foreach (var (protocol, name) in (ReadOnlySpan<(Protocol, string)>)[(Protocol.Http2, "http2"), (Protocol.Http1, "http1")])
        {
            page.Sample(tls.Clear.Taken(protocol), ("protocol", name), ("verdict", "taken"));
            page.Sample(tls.Clear.Refused(protocol), ("protocol", name), ("verdict", "refused"));
        }

        if (tls.Credentials.Current is { } context)
        {
            page.Single("mesh_certificate_expiry_seconds", "gauge", "Until when this sidecar's certificate is valid, in seconds since 1970.", context.Identity.NotAfter.ToUnixTimeSeconds());
        }
    }
}
