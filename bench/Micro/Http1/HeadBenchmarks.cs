using System.Net;
using BenchmarkDotNet.Attributes;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Bench.Micro.Http1;

/// <summary>The heads of a request and a response as a browser's and a server's are, read and written; and a body in chunks.</summary>
[MemoryDiagnoser]
public class HeadBenchmarks
{
    private static readonly byte[] Request =
        """
        GET /api/v1/orders/12345?expand=items HTTP/1.1
        Host: orders.shop.example:8080
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
        Accept: application/json, text/plain, */*
        Accept-Language: en-GB,en;q=0.9,de;q=0.8
        Accept-Encoding: gzip, deflate
        Cookie: session=0123456789abcdef0123456789abcdef; theme=dark
        X-Tenant-Id: 42
        Referer: http://orders.shop.example:8080/orders
        Connection: keep-alive


        """u8.ToArray().SelectMany(octet => octet == '\n' ? "\r\n"u8.ToArray() : octet == '\r' ? [] : [octet]).ToArray();

    private static readonly byte[] Small = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray();

    private static readonly byte[] Response =
        "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\nServer: Kestrel\r\nCache-Control: no-store\r\nContent-Length: 100\r\n\r\n"u8.ToArray();

    private static readonly byte[] Chunks = [.. Enumerable.Repeat("40\r\n"u8.ToArray().Concat(new byte[64]).Concat("\r\n"u8.ToArray()), 16).SelectMany(chunk => chunk), .. "0\r\n\r\n"u8];

    private readonly HeaderList _list = new();
    private readonly HeaderList _requestHead = new();
    private readonly HeaderList _responseHead = new();
    private readonly RequestReader _requests;
    private readonly ResponseReader _responses;
    private readonly BodyReader _body;
    private readonly ByteQueue _output;

    public HeadBenchmarks()
    {
        var loop = new MemoryLoop(TimeProvider.System);
        var limits = new Http1Limits(64 * 1024, 256);
        _requests = new RequestReader(loop.Scratch, limits);
        _responses = new ResponseReader(loop.Scratch, limits);
        _body = new BodyReader(loop.Scratch, limits);
        _output = new ByteQueue(loop.Segments);
        _requests.Read(Request, _requestHead, out _, out _);
        _responses.Read(Response, new ResponseTo(), _responseHead, out _, out _);
    }

    [Benchmark]
    public int ReadRequest() => Read(Request);

    [Benchmark]
    public int ReadSmallRequest() => Read(Small);

    [Benchmark]
    public int ReadRequestByteByByte()
    {
        for (var i = 0; i < Request.Length - 1; i++)
        {
            _requests.Read(Request.AsSpan(i, 1), _list, out _, out _);
        }

        return Read(Request.AsSpan(Request.Length - 1));
    }

    [Benchmark]
    public int ReadResponse() =>
        _responses.Read(Response, new ResponseTo(), _list, out var consumed, out _) == ReadResult.Done ? consumed : throw new ProtocolViolationException();

    [Benchmark]
    public int WriteRequest()
    {
        HeadWriter.WriteRequest(_output, _requestHead, BodyFraming.None, close: false);
        var written = _output.Length;
        _output.Clear();
        return written;
    }

    [Benchmark]
    public int WriteResponse()
    {
        HeadWriter.WriteResponse(_output, _responseHead, BodyFraming.Length, close: false, new ResponseTo());
        var written = _output.Length;
        _output.Clear();
        return written;
    }

    [Benchmark]
    public int ReadSixteenChunks()
    {
        _body.Begin(new MessageFacts { Framing = BodyFraming.Chunked });
        var rest = Chunks.AsSpan();
        while (_body.Read(rest, _list, out var consumed, out _) == ReadResult.NeedMore)
        {
            rest = rest[consumed..];
        }

        return rest.Length;
    }

    private int Read(ReadOnlySpan<byte> bytes) =>
        _requests.Read(bytes, _list, out var consumed, out _) == ReadResult.Done ? consumed : throw new ProtocolViolationException();
}
