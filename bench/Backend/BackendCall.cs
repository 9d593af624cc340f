using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Backend;

/// <summary>
/// One call, pooled by its server. As of a gRPC server of a unary method, the answer begins when the request has ended.
/// <list type="bullet">
/// <item><c>/bench.Stream/*</c>: 1,000 messages of 100 bytes, each written for itself.</item>
/// <item><c>/opentelemetry.*</c>: an empty message, which is what an OTLP collector answers when all is well.</item>
/// <item>any other path over HTTP/2: the request's body.</item>
/// <item><c>/bench.Bytes/N</c> over HTTP/1.1: N bytes, whatever is sent.</item>
/// </list>
/// </summary>
internal sealed class BackendCall(BackendServer server) : IStreamHandler
{
    private const int StreamedMessages = 1_000;

    private static readonly byte[] StreamedMessage = Answers.Message(100);
    private static readonly byte[] EmptyMessage = Answers.Message(0);

    private readonly HeaderList _head = new();
    private Answer _answer;
    private byte[] _body = [];
    private int _length;
    private bool _isAnswered;

    private enum Answer
    {
        Echo,
        Stream,
        Empty,
        Bytes,
    }

    public void Begin(MessageStream stream, HeaderList headers, bool endStream)
    {
        _length = 0;
        _isAnswered = false;
        _ = headers.TryGet(KnownHeader.Path, out var path);
        _answer = path.StartsWith("/bench.Stream/"u8) ? Answer.Stream
            : path.StartsWith("/opentelemetry."u8) ? Answer.Empty
            : stream.Connection.Protocol == Protocol.Http1 ? Answer.Bytes
            : Answer.Echo;
        if (_answer == Answer.Bytes)
        {
            _length = Answers.LengthIn(path);
        }

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
        _isAnswered = true;
        if (_answer == Answer.Bytes)
        {
            Answers.WriteHead(_head, _length);
            stream.WriteHeaders(_head, endStream: false);
            stream.Write(Answers.Bytes(_length), endStream: true);
            return;
        }

        stream.WriteHeaders(Answers.GrpcHead, endStream: false);
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

        stream.WriteTrailers(Answers.GrpcTrailers);
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
}
