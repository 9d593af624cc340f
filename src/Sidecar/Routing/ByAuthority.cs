using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>The outbound port: the authority names the service ("orders", "orders.mesh", "orders:8080").</summary>
internal sealed class ByAuthority(ServiceDirectory directory) : Destination
{
    public override Cluster? Find(Exchange exchange)
    {
        Span<byte> lower = stackalloc byte[ServiceName.MaxLength];
        return exchange.Snapshot.Find(ServiceName.InLowerCase(NameFor(exchange.Request), lower));
    }

    public override bool Want(Exchange exchange)
    {
        Span<byte> lower = stackalloc byte[ServiceName.MaxLength];
        return directory.Want(ServiceName.InLowerCase(NameFor(exchange.Request), lower));
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
