using System.Buffers.Binary;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Bench.Backend;

/// <summary>
/// One call, pooled by its server. As of a gRPC server of a unary method, the answer begins when the request has ended.
/// <list type="bullet">
/// <item><c>/bench.Stream/*</c>: 1,000 messages of 100 bytes, each written for itself.</item>
/// <item><c>/opentelemetry.*</c>: an empty message, which is what an OTLP collector answers when all is well.</item>
/// <item>any other path: the request's body.</item>
/// </list>
/// </summary>
internal sealed class BackendCall(BackendServer server) : IStreamHandler
{
    private const int StreamedMessages = 1_000;

    private static readonly HeaderList Head = MakeHead();
    private static readonly HeaderList Trailers = MakeTrailers();
    private static readonly byte[] StreamedMessage = MakeMessage(100);
    private static readonly byte[] EmptyMessage = MakeMessage(0);

    private Answer _answer;
    private byte[] _body = [];
    private int _length;
    private bool _isAnswered;

    private enum Answer
    {
        Echo,
        Stream,
        Empty,
    }

    public void Begin(MessageStream stream, HeaderList headers, bool endStream)
    {
        _length = 0;
        _isAnswered = false;
        _ = headers.TryGet(KnownHeader.Path, out var path);
        _answer = path.StartsWith("/bench.Stream/"u8) ? Answer.Stream
            : path.StartsWith("/opentelemetry."u8) ? Answer.Empty
            : Answer.Echo;
        if (endStream)
        {
            Reply(stream);
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (_answer == Answer.Echo)
        {
            Keep(data);
        }

        stream.ReturnCredit(data.Length);
        if (endStream)
        {
            Reply(stream);
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers) => Reply(stream);

    public void OnReset(MessageStream stream, StreamReset reset) => _isAnswered = false;

    public void OnClosed(MessageStream stream) => server.OnCallClosed(this, _isAnswered);

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    private void Reply(MessageStream stream)
    {
        stream.WriteHeaders(Head, endStream: false);
        switch (_answer)
        {
            case Answer.Stream:
                for (var i = 0; i < StreamedMessages; i++)
                {
                    stream.Write(StreamedMessage, endStream: false);
                }

                break;
            case Answer.Empty:
                stream.Write(EmptyMessage, endStream: false);
                break;
            default:
                stream.Write(_body.AsSpan(0, _length), endStream: false);
                break;
        }

        _isAnswered = true;
        stream.WriteTrailers(Trailers);
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_body.Length - _length < data.Length)
        {
            Array.Resize(ref _body, Math.Max(_length + data.Length, 2 * _body.Length));
        }

        data.CopyTo(_body.AsSpan(_length));
        _length += data.Length;
    }

    private static byte[] MakeMessage(int length)
    {
        const int prefix = 5; // gRPC's: compressed or not, and the length
        var message = new byte[prefix + length];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), length);
        return message;
    }

    private static HeaderList MakeHead()
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Status, "200"u8);
        head.Add(KnownHeader.ContentType, "application/grpc"u8);
        return head;
    }

    private static HeaderList MakeTrailers()
    {
        var trailers = new HeaderList();
        trailers.Add(KnownHeader.GrpcStatus, "0"u8);
        return trailers;
    }
}
