using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>What a request's method allows. Pure.</summary>
internal static class HttpMethods
{
    /// <summary>The answer has no body, whatever it says.</summary>
    public static bool IsHead(HeaderList request) => request.TryGet(KnownHeader.Method, out var method) && method.SequenceEqual("HEAD"u8);

    /// <summary>It asks for nothing to be changed (RFC 9110 section 9.2.1): to have it done twice does no harm.</summary>
    public static bool IsSafe(HeaderList request) =>
        request.TryGet(KnownHeader.Method, out var method)
        && (method.SequenceEqual("GET"u8) || method.SequenceEqual("HEAD"u8) || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("TRACE"u8));

    /// <summary>
    /// To send it twice is to send it once (RFC 9110 section 9.2.2): such a request may be sent again even if it may have been acted on.
    /// </summary>
    public static bool IsIdempotent(HeaderList request) =>
        request.TryGet(KnownHeader.Method, out var method)
        && (method.SequenceEqual("GET"u8)
            || method.SequenceEqual("HEAD"u8)
            || method.SequenceEqual("PUT"u8)
            || method.SequenceEqual("DELETE"u8)
            || method.SequenceEqual("OPTIONS"u8)
            || method.SequenceEqual("TRACE"u8));
}
