using Mesh.Http2.Connections;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Sidecar.Flow;

namespace Mesh.Sidecar.Listeners;

/// <summary>One caller's connection: hands each request to the flow of its listener on its loop. Step 1 of the path.</summary>
internal sealed class DownstreamConnection(RequestFlow flow, Action<Http2Connection> closed) : IConnectionHandler
{
    public void OnRequest(Http2Stream stream, HeaderList headers, bool endStream) => flow.Begin(stream, headers, endStream);

    public void OnCapacityChanged(Http2Connection connection)
    {
    }

    public void OnClosed(Http2Connection connection) => closed(connection);
}
