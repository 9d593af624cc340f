using System.Net;
using Mesh.Conformance.Pairs;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

public sealed class Http1AllocationTests
{
    [Theory]
    [InlineData(100, true, "200")]
    [InlineData(100, false, "200")]
    [InlineData(40_000, true, "200")]
    [InlineData(0, true, "204")]
    public void A_call_allocates_nothing_in_either_role_once_the_pools_are_warm(int body, bool hasLength, string status)
    {
        var exchange = new Exchange(body, hasLength, status);
        var allocated = QuietPair.AllocatedBy(() => exchange.Run(2000), () => exchange.Run(10_000));
        Assert.Equal(12_000, exchange.Answered);
        // A byte a call: not one object in sixteen calls.
        Assert.InRange(allocated, 0, 10_000);
    }

    [Fact]
    public void An_idle_connection_is_small()
    {
        var exchange = new Exchange(100, hasLength: true, "200");
        exchange.Run(10);
        List<MessageConnection> connections = [];
        const int count = 100;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < count; i++)
        {
            connections.Add(exchange.Accept());
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / count;
        Assert.InRange(each, 100, 2500);
        GC.KeepAlive(connections);
    }

    private sealed class Exchange : QuietPair
    {
        private readonly MessageConnection _client;
        private readonly HeaderList _request;
        private readonly HeaderList _response;
        private readonly byte[] _body;

        public Exchange(int body, bool hasLength, string status)
        {
            _body = new byte[body];
            var length = hasLength ? $"content-length: {body}" : "x-none: 1";
            _request = ScriptedPeer.List(
                ":method: POST", ":scheme: http", ":authority: orders:8080", ":path: /orders?limit=20", "user-agent: test/1.0", "accept: */*", "content-type: text/plain", length);
            _response = ScriptedPeer.List($":status: {status}", "content-type: text/plain", "date: Mon, 01 Jan 2026 00:00:00 GMT", length);
            Http1Connections.Accept(Server, this, new WireOptions(), new ViolationCounters());
            _client = Http1Connections.Connect(Loop, new IPEndPoint(IPAddress.Loopback, 1), this, new WireOptions(), new ViolationCounters());
            Client.Handler.OnConnected();
            Settle();
        }

        public MessageConnection Accept() => Http1Connections.Accept(NewChannel(), this, new WireOptions(), new ViolationCounters());

        public void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var isEmpty = _body.Length == 0;
                var stream = _client.Open(_request, isEmpty, this);
                if (!isEmpty)
                {
                    stream.Write(_body, endStream: true);
                }

                Settle();
            }
        }

        public override void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
        {
            stream.Handler = this;
            if (endStream)
            {
                Answer(stream);
            }
        }

        public override void OnHeaders(MessageStream stream, HeaderList headers, bool endStream) => Answered += endStream ? 1 : 0;

        public override void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
        {
            stream.ReturnCredit(data.Length);
            if (!endStream)
            {
                return;
            }

            if (stream.Connection.IsClient)
            {
                Answered++;
            }
            else
            {
                Answer(stream);
            }
        }

        private void Answer(MessageStream stream)
        {
            stream.WriteHeaders(_response, endStream: false);
            stream.Write(_body, endStream: true);
        }
    }
}
