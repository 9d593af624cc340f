using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>One connection as its loop saw it.</summary>
/// <param name="Side">"downstream" or "upstream".</param>
/// <param name="Name">The listener it came over, or the service it goes to.</param>
/// <param name="Peer">Its address.</param>
/// <param name="Protocol">"http2" or "http1".</param>
/// <param name="Identity">Who the peer has proven to be; null where it speaks in clear.</param>
/// <param name="Streams">Under way.</param>
/// <param name="MaxStreams">As the peer allows; null downstream.</param>
/// <param name="OutputBytes">Wait for the peer to read.</param>
/// <param name="HeldBytes">The peer has sent, and nobody further on has taken yet.</param>
/// <param name="IsReady">Through its handshake.</param>
/// <param name="IsStalled">New streams go elsewhere: the peer has left it without a window for some time, or far too much that it has sent is not taken.</param>
/// <param name="GoesAway">Takes no more streams.</param>
/// <param name="Failure">Why it failed; null if it has not.</param>
internal sealed record ConnectionLine(
    string Side, string Name, string Peer, string Protocol, string? Identity, int Streams, long? MaxStreams, int OutputBytes, long HeldBytes, bool IsReady, bool IsStalled, bool GoesAway, string? Failure)
{
    public static ConnectionLine Downstream(string listener, MessageConnection connection) => new(
        "downstream", listener, PeerOf(connection), ProtocolOf(connection), connection.PeerIdentity?.Text, connection.OpenStreams, null, connection.OutputLength, connection.HeldBytes, connection.IsReady, connection.IsStalled, connection.PeerGoesAway, connection.Failure);

    public static ConnectionLine Upstream(string service, string address, MessageConnection connection) => new(
        "upstream", service, address, ProtocolOf(connection), connection.PeerIdentity?.Text, connection.OpenStreams, connection.MaxStreams, connection.OutputLength, connection.HeldBytes, connection.IsReady, connection.IsStalled, connection.IsUsedUp, connection.Failure);

    private static string PeerOf(MessageConnection connection) => connection.Remote?.ToString() ?? "";

    private static string ProtocolOf(MessageConnection connection) => connection.Protocol == Wire.Streams.Protocol.Http1 ? "http1" : "http2";
}
