using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>For streams that were answered without anybody being asked.</summary>
internal sealed class Unhandled : IStreamHandler
{
    public static readonly Unhandled Instance = new();

    public void OnInterim(Http2Stream stream, HeaderList headers)
    {
    }

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream) => stream.ReturnCredit(data.Length);

    public void OnTrailers(Http2Stream stream, HeaderList trailers)
    {
    }

    public void OnSent(Http2Stream stream, int bytes)
    {
    }

    public void OnReset(Http2Stream stream, StreamReset reset)
    {
    }

    public void OnClosed(Http2Stream stream)
    {
    }
}
