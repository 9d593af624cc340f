using System.Text;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>A local port of one upstream: whatever the authority says.</summary>
internal sealed class ToService(string service, ServiceDirectory directory) : Destination
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(service);

    public override Cluster? Find(Exchange exchange) => exchange.Snapshot.Find(_key);

    public override bool Want(Exchange exchange) => directory.Want(_key);

    public override ReadOnlySpan<byte> NameFor(HeaderList request) => _key;
}
