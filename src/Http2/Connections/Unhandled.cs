using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>For streams that were answered without anybody being asked.</summary>
internal sealed class Unhandled : IStreamHandler
{
    public static readonly Unhandled Instance = new();

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream) => stream.ReturnCredit(data.Length);

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
    }

    public void OnClosed(MessageStream stream)
    {
    }
}
