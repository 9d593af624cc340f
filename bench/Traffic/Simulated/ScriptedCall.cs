using System.Globalization;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>A call at a server.</summary>
internal sealed class ScriptedCall : IStreamHandler
{
    private readonly ScriptedServer _server;
    private readonly MessageStream _stream;
    private readonly bool _isGrpc;

    public ScriptedCall(ScriptedServer server, MessageStream stream, HeaderList headers)
    {
        _server = server;
        _stream = stream;
        _isGrpc = headers.TryGet(KnownHeader.ContentType, out _);
        Trace = headers.TryGet(KnownHeader.Traceparent, out var trace) ? Encoding.ASCII.GetString(trace) : null;
    }

    /// <summary>By which a caller is told who has answered.</summary>
    public static ReadOnlySpan<byte> ServerHeader => "x-server"u8;

    /// <summary>Its traceparent; null if it has none.</summary>
    public string? Trace { get; }

    /// <summary>Its caller wants no answer any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The whole of the answer, with a code of gRPC: over HTTP/1.1 it is 200 for OK and 503 for all else.</summary>
    public void Reply(int code)
    {
        if (IsOver)
        {
            return;
        }

        var head = new HeaderList();
        head.Add(KnownHeader.Status, _isGrpc || code == GrpcStatus.Ok ? "200"u8 : "503"u8);
        if (_isGrpc)
        {
            head.Add(KnownHeader.ContentType, "application/grpc"u8);
            head.Add(KnownHeader.GrpcStatus, Encoding.ASCII.GetBytes(code.ToString(CultureInfo.InvariantCulture)));
        }
        else
        {
            head.Add(KnownHeader.ContentLength, "0"u8);
        }

        head.Add(ServerHeader, Encoding.ASCII.GetBytes(_server.Name));
        _stream.WriteHeaders(head, endStream: true);
    }

    /// <summary>An answer of HTTP alone, or of gRPC without its status.</summary>
    public void ReplyHttp(int status, bool isGrpc = false)
    {
        var head = new HeaderList();
        head.Add(KnownHeader.Status, Encoding.ASCII.GetBytes(status.ToString(CultureInfo.InvariantCulture)));
        if (isGrpc)
        {
            head.Add(KnownHeader.ContentType, "application/grpc"u8);
        }

        _stream.WriteHeaders(head, endStream: true);
    }

    /// <summary>Breaks it off.</summary>
    public void Reset(ErrorCode code) => _stream.Reset(code);

    /// <summary>Its connection ends at once, with all that it carries.</summary>
    public void Cut() => _stream.Connection.Abort(ErrorCode.InternalError, "the server has ended");

    public void OnReset(MessageStream stream, StreamReset reset) => IsOver = true;

    public void OnClosed(MessageStream stream) => IsOver = true;

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream) => stream.ReturnCredit(data.Length);

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }
}
