using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Http1;

/// <summary>
/// Both roles on one loop, talking to each other through memory, with applications that do by chance what applications may do: no byte
/// is lost or comes twice, each call is seen once and told its end once, and nothing is left of thousands of them.
/// </summary>
public sealed class RandomPairsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Nothing_is_lost_or_left_of_thousands_of_calls(int seed)
    {
        var run = new Run(new Random(seed));
        while (run.Calls.Count < 1000)
        {
            run.Connect();
        }

        Assert.Empty(run.Faults);
        // Most go on over the same connection.
        Assert.InRange(run.Connections, 20, 900);
        Assert.InRange(run.Whole, 400, 1000);
    }

    private sealed class Run(Random random) : IConnectionHandler
    {
        private readonly FakeTimeProvider _clock = new();
        private readonly List<RandomTalk> _talks = [];
        private int _closed;

        public List<RandomCall> Calls { get; } = [];

        public List<Exception> Faults { get; } = [];

        public int Connections { get; private set; }

        /// <summary>Calls that ran to their end at both ends.</summary>
        public int Whole { get; private set; }

        /// <summary>One connection from its beginning to its end.</summary>
        public void Connect()
        {
            Connections++;
            _closed = 0;
            _talks.Clear();
            var loop = new MemoryLoop(_clock) { Fault = Faults.Add };
            var clientChannel = new MemoryChannel(loop);
            var serverChannel = new MemoryChannel(loop);
            MemoryChannel.Join(clientChannel, serverChannel);
            loop.Connector = _ => clientChannel;
            var options = new WireOptions { StreamWindow = 65_535, OutputHighWater = random.Next(2) == 0 ? 20_000 : 200_000 };
            var server = Http1Connections.Accept(serverChannel, this, options, new ViolationCounters());
            var client = Http1Connections.Connect(loop, new IPEndPoint(IPAddress.Loopback, 1), this, options, new ViolationCounters());
            clientChannel.Handler.OnConnected();
            var last = Calls.Count + 1 + random.Next(60);
            for (var turn = 0; _closed < 2; turn++)
            {
                Assert.True(turn < 20_000, "it does not come to its end");
                if (client.CanOpen && Calls.Count < last)
                {
                    Open(client);
                }
                else if (client.CanOpen)
                {
                    (random.Next(2) == 0 ? client : server).GoAway();
                }

                foreach (var talk in _talks.Where(talk => !talk.IsClosed).ToArray())
                {
                    talk.Act();
                }

                clientChannel.Room = random.Next(3) == 0 ? random.Next(4000) : int.MaxValue;
                serverChannel.Room = random.Next(3) == 0 ? random.Next(4000) : int.MaxValue;
                clientChannel.RequestFlush();
                serverChannel.RequestFlush();
                _clock.Advance(TimeSpan.FromMilliseconds(1));
                loop.Turn();
                Assert.Empty(Faults);
            }

            Settle(loop, clientChannel, serverChannel);
            Assert.True(client.IsDead && server.IsDead && clientChannel.IsClosed && serverChannel.IsClosed);
            Assert.Equal(0, loop.Scratch.StreamsInUse);
            Assert.Equal(0, loop.Segments.InUse);
            Check();
            loop.AssertComesToRest(_clock);
        }

        public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
        {
            Assert.True(headers.TryGet(KnownHeader.Path, out var path));
            var call = Calls[int.Parse(Encoding.ASCII.GetString(path[1..]), CultureInfo.InvariantCulture)];
            Assert.True(headers.TryGet(KnownHeader.Method, out var method) && Encoding.ASCII.GetString(method) == call.Method);
            Assert.Equal(1, ++call.Arrivals);
            var talk = new RandomTalk(random, call, stream, isServer: true) { PeerIsDone = endStream };
            stream.Handler = talk;
            _talks.Add(talk);
            if (random.Next(2) == 0)
            {
                talk.Act();
            }
        }

        public void OnCapacityChanged(MessageConnection connection)
        {
        }

        public void OnClosed(MessageConnection connection) => _closed++;

        private void Open(MessageConnection client)
        {
            var call = new RandomCall(random, Calls.Count);
            Calls.Add(call);
            var handler = new Forward();
            var isEmpty = call.RequestLength == 0;
            var talk = new RandomTalk(random, call, client.Open(call.Request, isEmpty, handler), isServer: false);
            handler.Target = talk;
            if (isEmpty)
            {
                talk.HasNothingToSay();
            }

            _talks.Add(talk);
        }

        private static void Settle(MemoryLoop loop, MemoryChannel client, MemoryChannel server)
        {
            client.Room = server.Room = int.MaxValue;
            for (var i = 0; i < 10; i++)
            {
                client.RequestFlush();
                server.RequestFlush();
                loop.Turn();
            }
        }

        private void Check()
        {
            foreach (var talks in _talks.GroupBy(talk => talk.Call))
            {
                Assert.All(talks, talk => Assert.True(talk.IsClosed));
                var client = talks.First();
                if (!talks.Key.IsDisturbed)
                {
                    Assert.True(client.PeerIsDone, $"An answer was lost: {talks.Key}; {string.Join(" | ", _talks)}");
                }

                if (talks.All(talk => talk is { PeerIsDone: true, WasReset: false }))
                {
                    Whole++;
                }
            }
        }
    }

    /// <summary>The talk needs its stream first.</summary>
    private sealed class Forward : IStreamHandler
    {
        public RandomTalk Target { get; set; } = null!;

        public void OnInterim(MessageStream stream, HeaderList headers) => Target.OnInterim(stream, headers);

        public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream) => Target.OnHeaders(stream, headers, endStream);

        public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream) => Target.OnData(stream, data, endStream);

        public void OnTrailers(MessageStream stream, HeaderList trailers) => Target.OnTrailers(stream, trailers);

        public void OnSent(MessageStream stream, int bytes) => Target.OnSent(stream, bytes);

        public void OnReset(MessageStream stream, StreamReset reset) => Target.OnReset(stream, reset);

        public void OnClosed(MessageStream stream) => Target.OnClosed(stream);
    }
}
