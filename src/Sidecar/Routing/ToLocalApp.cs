using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>The inbound port: everything is for the app beside us.</summary>
internal sealed class ToLocalApp(Cluster app) : Destination
{
    public override Cluster? Find(MeshSnapshot snapshot, HeaderList request) => app;

    public override bool Want(HeaderList request) => false;

    public override ReadOnlySpan<byte> NameFor(HeaderList request) => app.Key;
}
