using Mesh.Http2.Connections;

namespace Mesh.Http2.Http1;

/// <summary>How large a head or a section of trailers may be, counted as in HTTP/2, fields that are taken off included.</summary>
/// <param name="MaxListSize">Bytes of names, values and 32 a field; see <see cref="Http2Options.MaxHeaderListSize"/>.</param>
/// <param name="MaxFieldCount">Fields; see <see cref="Http2Options.MaxHeaderCount"/>.</param>
internal readonly record struct Http1Limits(int MaxListSize, int MaxFieldCount)
{
    /// <summary>The same as for HTTP/2.</summary>
    public static Http1Limits Of(Http2Options options) => new(options.MaxHeaderListSize, options.MaxHeaderCount);
}
