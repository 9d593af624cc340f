using Mesh.Http2.Connections;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;
using Mesh.Sidecar.Flow;

namespace Mesh.Sidecar.Listeners;

/// <summary>One caller's connection: hands each request to the flow of its listener on its loop. Step 1 of the path.</summary>
/// <param name="flow">Where calls go.</param>
/// <param name="tunnels">Where tunnels are opened.</param>
/// <param name="closed">Told at the end.</param>
internal sealed class DownstreamConnection(RequestFlow flow, TunnelEntry tunnels, Action<MessageConnection> closed) : IConnectionHandler
{
    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (TunnelEntry.IsAsked(headers))
        {
            tunnels.Begin(stream, headers);
        }
        else
        {
            flow.Begin(stream, headers, endStream);
        }
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection) => closed(connection);
}
