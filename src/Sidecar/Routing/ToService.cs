using System.Text;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>A local port of one upstream: whatever the authority says.</summary>
internal sealed class ToService(string service, WantService want) : Destination
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(service);

    public override Cluster? Find(MeshSnapshot snapshot, HeaderList request) => snapshot.Find(_key);

    public override bool Want(HeaderList request) => want(_key);

    public override ReadOnlySpan<byte> NameFor(HeaderList request) => _key;
}
