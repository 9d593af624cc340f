using Mesh.Wire.Streams;

namespace Mesh.Wire.Tls;

/// <summary>The names of protocols in a handshake (RFC 7301): each behind a byte that says how long it is.</summary>
internal static class AlpnNames
{
    /// <summary>What a client offers that speaks one protocol.</summary>
    public static ReadOnlySpan<byte> Offer(Protocol protocol) => protocol == Protocol.Http2 ? "\u0002h2"u8 : "\u0008http/1.1"u8;

    /// <summary>Which one it is; null if it is none of ours.</summary>
    public static Protocol? Read(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("h2"u8) ? Protocol.Http2 : name.SequenceEqual("http/1.1"u8) ? Protocol.Http1 : null;

    /// <summary>Finds the name in an offer that is served: HTTP/2 if it is there, else HTTP/1.1.</summary>
    /// <param name="offer">As it was sent.</param>
    /// <param name="length">Of the name.</param>
    /// <returns>Where the name begins; negative if there is none.</returns>
    public static int Find(ReadOnlySpan<byte> offer, out int length)
    {
        var found = -1;
        length = 0;
        for (var at = 0; at < offer.Length && at + 1 + offer[at] <= offer.Length; at += 1 + offer[at])
        {
            var protocol = Read(offer.Slice(at + 1, offer[at]));
            if (protocol is not null && (found < 0 || protocol == Protocol.Http2))
            {
                found = at + 1;
                length = offer[at];
            }

            if (protocol == Protocol.Http2)
            {
                break;
            }
        }

        return found;
    }
}
