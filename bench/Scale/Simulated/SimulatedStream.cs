using System.Text;
using Google.Protobuf;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>One call in both directions of a simulated sidecar. Everything on its loop.</summary>
internal abstract class SimulatedStream(string path) : IStreamHandler
{
    private readonly HeaderList _head = Head(path);
    private GrpcMessages _messages = new();
    private MessageStream? _stream;

    public bool IsOpen => _stream is not null;

    /// <summary>Opens it, if it is not; what was open must have ended.</summary>
    public void Open(Http2Connection connection)
    {
        if (_stream is null && connection.CanOpen)
        {
            _messages = new GrpcMessages();
            _stream = connection.Open(_head, endStream: false, this);
            OnOpened();
        }
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        if (endStream)
        {
            End(headers);
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.ReturnCredit(data.Length);
        _messages.Read(data, OnMessage);
        if (endStream)
        {
            End(null);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers) => End(trailers);

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public void OnReset(MessageStream stream, StreamReset reset) => End(null);

    public void OnClosed(MessageStream stream)
    {
    }

    protected abstract void OnOpened();

    protected abstract void OnMessage(ReadOnlySpan<byte> message);

    /// <param name="status">gRPC's; empty if the stream was cut off.</param>
    protected abstract void OnEnded(string status);

    protected void Send(IMessage message) => _stream?.Write(GrpcMessages.Of(message), endStream: false);

    private void End(HeaderList? trailers)
    {
        if (_stream is not { } stream)
        {
            return;
        }

        _stream = null;
        if (!stream.LocalEnded && trailers is not null)
        {
            stream.Reset(ErrorCode.Cancel);
        }

        OnEnded(trailers is not null && trailers.TryGet(KnownHeader.GrpcStatus, out var status) ? Encoding.ASCII.GetString(status) : "");
    }

    private static HeaderList Head(string path)
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Method, "POST"u8);
        head.Add(KnownHeader.Scheme, "http"u8);
        head.Add(KnownHeader.Path, Encoding.ASCII.GetBytes(path));
        head.Add(KnownHeader.Authority, "control-plane"u8);
        head.Add(KnownHeader.ContentType, "application/grpc"u8);
        head.Add("te"u8, "trailers"u8);
        return head;
    }
}
