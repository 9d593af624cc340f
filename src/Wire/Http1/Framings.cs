using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>How the body of a message is sent in HTTP/1.1, whatever it came in (RFC 9112 section 6). Pure.</summary>
internal static class Framings
{
    /// <summary>A request's.</summary>
    /// <param name="headers">Its head.</param>
    /// <param name="isEnded">Nothing follows the head.</param>
    public static BodyFraming OfRequest(HeaderList headers, bool isEnded) =>
        isEnded ? BodyFraming.None
        : headers.IndexOf(KnownHeader.ContentLength) >= 0 ? BodyFraming.Length
        : BodyFraming.Chunked;

    /// <summary>A response's.</summary>
    /// <param name="headers">Its head.</param>
    /// <param name="status">Its status.</param>
    /// <param name="isEnded">Nothing follows the head.</param>
    /// <param name="request">What it answers.</param>
    public static BodyFraming OfResponse(HeaderList headers, int status, bool isEnded, ResponseTo request)
    {
        if (isEnded || request.IsHead || status is < 200 or 204 or 304 || (request.IsConnect && status < 300))
        {
            return BodyFraming.None;
        }

        return headers.IndexOf(KnownHeader.ContentLength) >= 0 ? BodyFraming.Length
            : request.MinorVersion == 0 ? BodyFraming.UntilClose
            : BodyFraming.Chunked;
    }
}
