using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tls;

/// <summary>How a port takes connections by TLS, on one loop. Only the loop's thread may call it.</summary>
/// <param name="credentials">Who we are. Without any, nobody can be served by TLS.</param>
/// <param name="isStrict">Takes nothing else.</param>
/// <param name="gate">The loop's handshakes.</param>
/// <param name="clear">Where connections in clear are counted.</param>
public sealed class TlsEntry(TlsCredentials credentials, bool isStrict, HandshakeGate gate, ClearCounters clear)
{
    /// <summary>HTTP/2's own words for it: SETTINGS, and GOAWAY with INADEQUATE_SECURITY (RFC 9113 section 7).</summary>
    private static readonly byte[] GoAway = GoAwayWith("this port takes mutual TLS only (the sidecar's --mtls strict)"u8);

    /// <summary>Takes nothing but TLS.</summary>
    public bool IsStrict => isStrict;

    /// <summary>Begins a handshake with anybody of our trust domain; the caller is to become the handler.</summary>
    /// <returns>Null if there is no identity, or too many handshakes are under way.</returns>
    internal TlsChannel? Accept(Channel channel) =>
        credentials.Current is { } context ? TlsChannel.Accept(channel, context, new PeerRule(context.Identity.Id.TrustDomain), gate) : null;

    /// <summary>A connection in clear is served.</summary>
    internal void OnTaken(Protocol protocol) => clear.AddTaken(protocol);

    /// <summary>A connection in clear is refused.</summary>
    /// <returns>What its client is told.</returns>
    internal ReadOnlySpan<byte> Refuse(Protocol protocol)
    {
        clear.AddRefused(protocol);
        return protocol == Protocol.Http2
            ? GoAway
            : "HTTP/1.1 426 Upgrade Required\r\nupgrade: TLS/1.3\r\nconnection: upgrade, close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 63\r\n\r\nthis port takes mutual TLS only (the sidecar's --mtls strict)\r\n"u8;
    }

    private static byte[] GoAwayWith(ReadOnlySpan<byte> text) =>
        [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, (byte)(8 + text.Length), 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc, .. text];
}
