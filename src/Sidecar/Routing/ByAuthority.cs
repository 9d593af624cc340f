using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>The outbound port: the authority names the service ("orders", "orders.mesh", "orders:8080").</summary>
internal sealed class ByAuthority(WantService want) : Destination
{
    public override Cluster? Find(MeshSnapshot snapshot, HeaderList request)
    {
        Span<byte> lower = stackalloc byte[DnsLabel.MaxLength];
        return snapshot.Find(ServiceName.InLowerCase(NameFor(request), lower));
    }

    public override bool Want(HeaderList request)
    {
        Span<byte> lower = stackalloc byte[DnsLabel.MaxLength];
        return want(ServiceName.InLowerCase(NameFor(request), lower));
    }

    public override ReadOnlySpan<byte> NameFor(HeaderList request)
    {
        if (!request.TryGet(KnownHeader.Authority, out var authority))
        {
            // RFC 9113 section 8.3.1: a request made from one of HTTP/1.1 may have Host instead.
            request.TryGet(KnownHeader.Host, out authority);
        }

        return ServiceName.FromAuthority(authority);
    }
}
