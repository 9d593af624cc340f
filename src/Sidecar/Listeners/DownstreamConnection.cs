using Mesh.Sidecar.Flow;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Listeners;

/// <summary>One caller's connection: hands each request to the flow of its listener on its loop. Step 1 of the path.</summary>
/// <param name="flow">Where calls go.</param>
/// <param name="tunnels">Where tunnels are opened.</param>
/// <param name="web">Where calls of browsers are taken; null on the inbound side.</param>
/// <param name="closed">Told at the end.</param>
/// <param name="age">How old it is; null if it may last.</param>
internal sealed class DownstreamConnection(
    RequestFlow flow, TunnelEntry tunnels, GrpcWebEntry? web, Action<MessageConnection> closed, AgingConnection? age = null) : IConnectionHandler
{
    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (age is not null && age.IsOver())
        {
            stream.Connection.GoAway(); // this one is still taken
        }

        if (stream.Connection.PeerIdentity is not null && headers.IndexOf(KnownHeader.Scheme) is var scheme and >= 0)
        {
            headers.SetValue(scheme, "http"u8); // TLS ends here, and servers refuse a scheme that is not how they were reached
        }

        if (TunnelEntry.IsAsked(headers))
        {
            tunnels.Begin(stream, headers, endStream);
        }
        else if (web is null || !web.TryBegin(stream, headers, endStream, flow))
        {
            flow.Begin(stream, headers, endStream);
        }
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection) => closed(connection);
}
