using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>
/// Who calls, for the app (<c>x-forwarded-client-cert</c>, as Envoy writes it: <c>URI=spiffe://…</c>). Only what the connection has proven is
/// said: a caller's own copy is taken out, whichever way the call goes.
/// </summary>
internal static class ClientIdentity
{
    private const int LongestId = 2048;

    private static ReadOnlySpan<byte> Uri => "URI="u8;

    public static void Remove(HeaderList request) => request.RemoveAll(KnownHeader.XForwardedClientCert);

    /// <param name="head">Changed.</param>
    /// <param name="identity">A SPIFFE id, which is ASCII and has nothing in it to be quoted.</param>
    public static void Write(HeaderList head, string identity)
    {
        Span<byte> value = stackalloc byte[Uri.Length + LongestId];
        Uri.CopyTo(value);
        if (Encoding.ASCII.TryGetBytes(identity, value[Uri.Length..], out var length))
        {
            head.Add(KnownHeader.XForwardedClientCert, value[..(Uri.Length + length)]);
        }
    }
}
