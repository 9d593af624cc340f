using Mesh.Http2.Connections;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Bench.Micro.Frames;

/// <summary>A server that answers each request when it ends, and allocates nothing for it.</summary>
internal sealed class AnsweringHandler : IConnectionHandler, IStreamHandler
{
    private readonly HeaderList _head = new();

    public AnsweringHandler() => _head.Add(KnownHeader.Status, "200"u8);

    public long Bytes { get; private set; }

    public void OnRequest(Http2Stream stream, HeaderList headers, bool endStream) => stream.Handler = this;

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Bytes += data.Length;
        stream.ReturnCredit(data.Length);
        if (endStream)
        {
            stream.WriteHeaders(_head, endStream: true);
        }
    }

    public void OnCapacityChanged(Http2Connection connection)
    {
    }

    public void OnClosed(Http2Connection connection)
    {
    }

    public void OnInterim(Http2Stream stream, HeaderList headers)
    {
    }

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnTrailers(Http2Stream stream, HeaderList trailers)
    {
    }

    public void OnSent(Http2Stream stream, int bytes)
    {
    }

    public void OnReset(Http2Stream stream, StreamReset reset) => throw new InvalidOperationException($"A stream was reset: {reset}.");

    public void OnClosed(Http2Stream stream)
    {
    }
}
