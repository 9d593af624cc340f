using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>
/// Writes heads as HTTP/1.1 (RFC 9112). The lists are those of the request path: pseudo fields first, names in lower case, nothing
/// that belongs to a connection but <c>upgrade</c> and <c>te</c>, which are then named by Connection. Pure.
/// </summary>
internal static class HeadWriter
{
    /// <summary>Writes a request's head.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="headers">The request. Without :authority it is <c>host</c> that is sent.</param>
    /// <param name="framing">How the body is sent; see <see cref="Framings.OfRequest"/>. <see cref="BodyFraming.Length"/> wants a content-length in the list.</param>
    /// <param name="close">No request follows it on this connection.</param>
    public static void WriteRequest(ByteQueue output, HeaderList headers, BodyFraming framing, bool close)
    {
        headers.TryGet(KnownHeader.Method, out var method);
        var hasAuthority = headers.TryGet(KnownHeader.Authority, out var authority);
        if (!headers.TryGet(KnownHeader.Path, out var target))
        {
            target = authority;
        }

        var head = new HeadOutput(output);
        head.Add(method);
        head.Add(" "u8);
        head.Add(target);
        head.Add(" HTTP/1.1\r\n"u8);

        // RFC 9112 section 3.2: always, first, and empty if nobody knows it.
        if (!hasAuthority)
        {
            headers.TryGet(KnownHeader.Host, out authority);
        }

        head.AddField("host"u8, authority);
        var options = FieldWriter.Write(ref head, headers, skipHost: true, keepLength: framing == BodyFraming.Length);
        WriteFraming(ref head, framing);
        if (framing == BodyFraming.None && (HasBodyMostly(method) || headers.IndexOf(KnownHeader.ContentLength) >= 0))
        {
            // RFC 9110 section 8.6: else the server would wonder.
            head.Add("content-length: 0\r\n"u8);
        }

        FieldWriter.WriteConnection(ref head, close ? options | WrittenOptions.Close : options);
        head.Add("\r\n"u8);
        head.Flush();
    }

    /// <summary>Writes a response's head, interim or final.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="headers">The response.</param>
    /// <param name="framing">How the body is sent; see <see cref="Framings.OfResponse"/>.</param>
    /// <param name="close">The connection ends behind it; always so with <see cref="BodyFraming.UntilClose"/>.</param>
    /// <param name="request">What it answers.</param>
    public static void WriteResponse(ByteQueue output, HeaderList headers, BodyFraming framing, bool close, ResponseTo request)
    {
        headers.TryGet(KnownHeader.Status, out var status);
        var code = StatusCode(status);
        var head = new HeadOutput(output);

        // Section 2.3 of RFC 9112: our version, whatever the request's is.
        head.Add("HTTP/1.1 "u8);
        head.Add(status);
        head.Add(" "u8);
        head.Add(ReasonPhrases.Of(code));
        head.Add("\r\n"u8);

        // RFC 9110 section 8.6: what a HEAD or a 304 says of a length is of another response; 1xx, 204 and a tunnel have none.
        var isBodyless = code < 200 || code == 204 || (request.IsConnect && code < 300);
        var saysLength = framing == BodyFraming.Length || (framing == BodyFraming.None && !isBodyless && (request.IsHead || code == 304));
        var options = FieldWriter.Write(ref head, headers, skipHost: false, keepLength: saysLength);
        WriteFraming(ref head, framing);
        if (framing == BodyFraming.None && !isBodyless && !request.IsHead && code != 304)
        {
            head.Add("content-length: 0\r\n"u8);
        }

        // What is interim, or begins a tunnel, says nothing of the connection's end.
        options &= ~WrittenOptions.Te;
        if (code >= 200 && !(request.IsConnect && code < 300))
        {
            options |= close || framing == BodyFraming.UntilClose ? WrittenOptions.Close
                : request.MinorVersion == 0 ? WrittenOptions.KeepAlive
                : WrittenOptions.None;
        }

        FieldWriter.WriteConnection(ref head, options);
        head.Add("\r\n"u8);
        head.Flush();
    }

    private static void WriteFraming(ref HeadOutput head, BodyFraming framing)
    {
        if (framing == BodyFraming.Chunked)
        {
            head.Add("transfer-encoding: chunked\r\n"u8);
        }
    }

    private static bool HasBodyMostly(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("PATCH"u8);

    /// <summary>Three digits.</summary>
    private static int StatusCode(ReadOnlySpan<byte> status) =>
        status.Length == 3 ? ((status[0] - '0') * 100) + ((status[1] - '0') * 10) + (status[2] - '0') : 0;
}
