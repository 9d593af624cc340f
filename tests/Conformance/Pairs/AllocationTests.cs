using System.Net;
using Mesh.Conformance.Peer;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Pairs;

public sealed class AllocationTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(16, 100)]
    [InlineData(4, 40_000)]
    public void A_call_allocates_nothing_in_either_role_once_the_pools_are_warm(int streams, int body)
    {
        var exchange = new Exchange(body);
        var allocated = QuietPair.AllocatedBy(() => exchange.Run(2000 / streams, streams), () => exchange.Run(10_000 / streams, streams));
        Assert.Equal((12_000 / streams) * streams, exchange.Answered);
        // A byte a call: not one object in sixteen calls.
        Assert.InRange(allocated, 0, 10_000);
    }

    [Fact]
    public void An_idle_connection_is_small()
    {
        var exchange = new Exchange(100);
        exchange.Run(10, 1);
        List<Http2Connection> connections = [];
        const int count = 100;
        // What is written waits in the loop's segments, which an idle connection has given back.
        var warm = new ByteQueue(exchange.Segments);
        warm.Append(new byte[count * 16 * 1024]);
        warm.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < count; i++)
        {
            connections.Add(Http2Connection.Accept(exchange.NewChannel(), exchange, new WireOptions(), new ViolationCounters()));
            connections[i].Receiver.OnFrame(new Mesh.Wire.Http2.Frames.FrameHeader(0, Mesh.Wire.Http2.Frames.FrameType.Settings, 0, 0), default);
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / count;
        Assert.InRange(each, 100, 2500);
        GC.KeepAlive(connections);
    }

    private sealed class Exchange : QuietPair
    {
        private readonly Http2Connection _client;
        private readonly HeaderList _request = ScriptedPeer.List(":method: POST", ":scheme: http", ":path: /echo.Echo/Unary", ":authority: echo", "content-type: application/grpc", "te: trailers", "user-agent: test", "grpc-timeout: 1S");
        private readonly HeaderList _response = ScriptedPeer.List(":status: 200", "content-type: application/grpc");
        private readonly HeaderList _trailers = ScriptedPeer.List("grpc-status: 0");
        private readonly byte[] _body;

        public Exchange(int body)
        {
            _body = new byte[body];
            _ = Http2Connection.Accept(Server, this, new WireOptions(), new ViolationCounters());
            _client = Http2Connection.Connect(Loop, new IPEndPoint(IPAddress.Loopback, 1), this, new WireOptions(), new ViolationCounters());
            Client.Handler.OnConnected();
            Settle();
        }

        public void Run(int times, int streams)
        {
            for (var i = 0; i < times; i++)
            {
                for (var s = 0; s < streams; s++)
                {
                    _client.Open(_request, endStream: false, this).Write(_body, endStream: true);
                }

                Settle();
            }
        }

        public override void OnRequest(MessageStream stream, HeaderList headers, bool endStream) => stream.Handler = this;

        public override void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
        {
            stream.ReturnCredit(data.Length);
            if (endStream)
            {
                stream.WriteHeaders(_response, endStream: false);
                stream.Write(_body, endStream: false);
                stream.WriteTrailers(_trailers);
            }
        }

        public override void OnTrailers(MessageStream stream, HeaderList trailers) => Answered++;
    }
}
