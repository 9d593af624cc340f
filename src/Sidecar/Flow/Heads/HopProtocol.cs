using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>
/// How a sidecar tells the next that a call's caller speaks HTTP/1.1, and so that its app is to be called in that (x-mesh-protocol):
/// between the two it shares their connection of HTTP/2. It need not be trusted: whoever writes it only chooses in which protocol its
/// own call is made.
/// </summary>
internal static class HopProtocol
{
    private static ReadOnlySpan<byte> Field => "x-mesh-protocol"u8;

    private static ReadOnlySpan<byte> Http1 => "http/1.1"u8;

    /// <summary>Whether the head says so, which it does no more afterwards.</summary>
    public static bool Remove(HeaderList request)
    {
        var index = request.IndexOf(Field);
        if (index < 0)
        {
            return false;
        }

        var isHttp1 = request.ValueAt(index).SequenceEqual(Http1);
        for (; index >= 0; index = request.IndexOf(Field))
        {
            request.RemoveAt(index);
        }

        return isHttp1;
    }

    public static void Say(HeaderList request) => request.Add(Field, Http1);
}
