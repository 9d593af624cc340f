using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>How large a head or a section of trailers may be, counted as in HTTP/2, fields that are taken off included.</summary>
/// <param name="MaxListSize">Bytes of names, values and 32 a field; see <see cref="WireOptions.MaxHeaderListSize"/>.</param>
/// <param name="MaxFieldCount">Fields; see <see cref="WireOptions.MaxHeaderCount"/>.</param>
internal readonly record struct Http1Limits(int MaxListSize, int MaxFieldCount)
{
    /// <summary>The same as for HTTP/2.</summary>
    public static Http1Limits Of(WireOptions options) => new(options.MaxHeaderListSize, options.MaxHeaderCount);
}
