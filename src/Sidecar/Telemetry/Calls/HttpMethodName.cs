
namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>HTTP's methods as telemetry has them: callers may send any word, and must not be able to make series of them.</summary>
internal static class HttpMethodName
{
    /// <summary>
    /// The method itself if it is one of RFC 9110, PATCH (RFC 5789) or QUERY, otherwise "_OTHER" (OpenTelemetry's semantic
    /// conventions for HTTP, "http.request.method"). Case counts.
    /// </summary>
    public static ReadOnlySpan<byte> Known(ReadOnlySpan<byte> method)
    {
        var isKnown =
            method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) ||
            method.SequenceEqual("DELETE"u8) || method.SequenceEqual("HEAD"u8) || method.SequenceEqual("PATCH"u8) ||
            method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("CONNECT"u8) || method.SequenceEqual("TRACE"u8) ||
            method.SequenceEqual("QUERY"u8);
        return isKnown ? method : "_OTHER"u8;
    }
}
