using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Http1;

public sealed class AllocationTests
{
    private static readonly byte[] WholeRequest =
        """
        POST /orders?id=1 HTTP/1.1
        Host: orders
        User-Agent: curl/8
        Accept: */*
        X-Custom: a value
        Connection: keep-alive, x-hop
        X-Hop: 1
        TE: trailers
        Transfer-Encoding: chunked

        5;a=b
        hello
        6
         world
        0
        X-Trailer: 1


        """u8.ToArray().SelectMany(octet => octet == '\n' ? "\r\n"u8.ToArray() : octet == '\r' ? [] : [octet]).ToArray();

    private static readonly byte[] WholeResponse =
        "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"u8.ToArray();

    [Theory]
    [InlineData(10_000)]
    [InlineData(7)]
    public void Ten_thousand_messages_each_way_allocate_nothing_whole_or_in_pieces(int pieceSize)
    {
        var loop = new MemoryLoop(TimeProvider.System);
        var limits = new Http1Limits(64 * 1024, 256);
        var requests = new RequestReader(loop.Scratch, limits);
        var responses = new ResponseReader(loop.Scratch, limits);
        var body = new BodyReader(loop.Scratch, limits);
        var list = new HeaderList();
        var output = new ByteQueue(loop.Segments);
        Round(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, loop.Scratch.PartsInUse);

        void Round(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                Request();
                Response();
            }
        }

        void Request()
        {
            var at = 0;
            MessageFacts facts;
            ReadResult result;
            do
            {
                result = requests.Read(Piece(WholeRequest, at), list, out var consumed, out facts);
                at += consumed;
            }
            while (result == ReadResult.NeedMore);

            HeadWriter.WriteRequest(output, list, facts.Framing, close: false);
            Body(WholeRequest, at, facts);
            ChunkWriter.WriteLast(output, list);
            output.Clear();
        }

        void Response()
        {
            var at = 0;
            MessageFacts facts;
            ReadResult result;
            do
            {
                result = responses.Read(Piece(WholeResponse, at), new ResponseTo(), list, out var consumed, out facts);
                at += consumed;
            }
            while (result == ReadResult.NeedMore);

            HeadWriter.WriteResponse(output, list, facts.Framing, close: false, new ResponseTo());
            Body(WholeResponse, at, facts);
            output.Clear();
        }

        void Body(byte[] message, int at, in MessageFacts facts)
        {
            body.Begin(facts);
            while (true)
            {
                var result = body.Read(Piece(message, at), list, out var consumed, out var data);
                ChunkWriter.Write(output, data);
                at += consumed;
                if (result == ReadResult.Done)
                {
                    break;
                }

                if (result == ReadResult.Fault)
                {
                    throw new InvalidOperationException(body.Fault!.Text);
                }
            }

            if (at != message.Length)
            {
                throw new InvalidOperationException("the message was not read to its end");
            }
        }

        ReadOnlySpan<byte> Piece(byte[] message, int at) => message.AsSpan(at, Math.Min(pieceSize, message.Length - at));
    }
}
