using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Micro.Frames;

/// <summary>A server that answers each request when it ends, and allocates nothing for it.</summary>
internal sealed class AnsweringHandler : IConnectionHandler, IStreamHandler
{
    private readonly HeaderList _head = new();

    public AnsweringHandler() => _head.Add(KnownHeader.Status, "200"u8);

    public long Bytes { get; private set; }

    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream) => stream.Handler = this;

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Bytes += data.Length;
        stream.ReturnCredit(data.Length);
        if (endStream)
        {
            stream.WriteHeaders(_head, endStream: true);
        }
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection)
    {
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset) => throw new InvalidOperationException($"A stream was reset: {reset}.");

    public void OnClosed(MessageStream stream)
    {
    }
}
