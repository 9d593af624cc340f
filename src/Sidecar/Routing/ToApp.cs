using System.Text;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>The inbound port: everything is for the app beside us.</summary>
internal sealed class ToApp(string service) : Destination
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(service);

    public override Cluster? Find(MeshSnapshot snapshot, HeaderList request) => snapshot.Inbound;

    public override bool Want(HeaderList request) => false;

    public override ReadOnlySpan<byte> NameFor(HeaderList request) => _key;
}
