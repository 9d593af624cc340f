using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// A browser's call by gRPC-Web, which the request path sees as one of gRPC over HTTP/2: stands between the caller's stream and the
/// call, and translates each way as it passes. One for each such call.
/// </summary>
/// <param name="inner">The caller's stream.</param>
/// <param name="call">How it is written.</param>
/// <param name="cors">What the browser is told of its page; null if it is told nothing.</param>
/// <param name="page">Has the field Origin.</param>
internal sealed class GrpcWebStream(MessageStream inner, GrpcWebCall call, CorsPolicy? cors, HeaderList page) : MessageStream, IStreamHandler
{
    /// <summary>Text that is decoded at once.</summary>
    private const int Step = 8 * 1024;

    private readonly ByteQueue _encoded = new(inner.Connection.Loop.Segments);
    private Base64Decoder _decoder;
    private Base64Encoder _encoder;
    private bool _hasHead;
    private bool _isWeb;
    private int _owed;

    public override MessageConnection Connection => inner.Connection;

    /// <summary>It has trailers and resets, whatever carries it.</summary>
    public override Protocol Protocol => Protocol.Http2;

    public override string Version => inner.Version;

    public override StreamWait WaitsFor => inner.WaitsFor;

    public override long WaitingSince => inner.WaitingSince;

    public override int PendingBytes => inner.PendingBytes;

    private bool IsText => _isWeb && call.Response == GrpcWebForm.Text;

    public override void WriteHeaders(HeaderList headers, bool endStream)
    {
        _hasHead = true;
        _isWeb = call.ToWeb(headers, endStream);
        cors?.Allow(page, headers);
        inner.WriteHeaders(headers, endStream);
    }

    public override int Write(ReadOnlySpan<byte> data, bool endStream)
    {
        if (!IsText)
        {
            return inner.Write(data, endStream);
        }

        _encoder.Write(_encoded, data);
        _encoder.Flush(_encoded); // nobody waits for the rest of a group: padding may stand anywhere
        var length = _encoded.Length;
        var sent = inner.Write(_encoded, endStream);
        _encoded.Clear();
        if (sent == length)
        {
            return data.Length;
        }

        _owed += data.Length;
        return 0;
    }

    public override void WriteTrailers(HeaderList trailers)
    {
        if (!_isWeb)
        {
            inner.WriteTrailers(trailers);
            return;
        }

        if (IsText)
        {
            GrpcWebTrailers.Write(trailers, ref _encoder, _encoded);
        }
        else
        {
            GrpcWebTrailers.Write(trailers, _encoded);
        }

        inner.Write(_encoded, endStream: true);
        _encoded.Clear();
    }

    public override void Reset(ErrorCode code) => inner.Reset(code);

    public override void Report(ProtocolViolation violation) => inner.Report(violation);

    public override void StopPeerWhenDone() => inner.StopPeerWhenDone();

    public override void ReturnCredit(int bytes) => inner.ReturnCredit(bytes);

    void IStreamHandler.OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (call.Request == GrpcWebForm.Text)
        {
            OnText(data, endStream);
        }
        else
        {
            Handler.OnData(this, data, endStream);
        }
    }

    void IStreamHandler.OnTrailers(MessageStream stream, HeaderList trailers) => Handler.OnTrailers(this, trailers);

    void IStreamHandler.OnSent(MessageStream stream, int bytes)
    {
        if (!IsText)
        {
            Handler.OnSent(this, bytes);
        }
        else if (_owed > 0 && inner.PendingBytes == 0)
        {
            var owed = _owed;
            _owed = 0;
            Handler.OnSent(this, owed);
        }
    }

    void IStreamHandler.OnReset(MessageStream stream, StreamReset reset) => Handler.OnReset(this, reset);

    void IStreamHandler.OnClosed(MessageStream stream) => Handler.OnClosed(this);

    void IStreamHandler.OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    void IStreamHandler.OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    private void OnText(ReadOnlySpan<byte> text, bool endStream)
    {
        Span<byte> bytes = stackalloc byte[Base64Decoder.MostBytes(Step)];
        do
        {
            var piece = text[..Math.Min(text.Length, Step)];
            text = text[piece.Length..];
            var isLast = endStream && text.IsEmpty;
            if (!_decoder.TryDecode(piece, bytes, out var written) || (isLast && !_decoder.IsBetweenGroups))
            {
                Refuse();
                return;
            }

            inner.ReturnCredit(piece.Length - written); // what the path never sees
            Handler.OnData(this, bytes[..written], isLast);
        }
        while (!text.IsEmpty && !inner.IsClosed);
    }

    /// <summary>The text is no base64: the call is off, and its caller is told as long as it has been told nothing else.</summary>
    private void Refuse()
    {
        inner.Report(ProtocolViolation.MalformedMessage);
        Handler.OnReset(this, new StreamReset(ErrorCode.ProtocolError, ResetCause.Violation));
        if (_hasHead)
        {
            inner.Reset(ErrorCode.ProtocolError);
            return;
        }

        var head = new HeaderList();
        head.Add(KnownHeader.Status, "400"u8);
        head.Add("x-mesh-error"u8, "the body is not base64, as application/grpc-web-text is"u8);
        WriteHeaders(head, endStream: true);
        inner.StopPeerWhenDone();
    }
}
