using System.Net;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Fuzz;

/// <summary>
/// One connection that is given an input, in pieces, while its application and its channel do things by chance. What must hold
/// whatever the input is asserted on the way and at the end.
/// </summary>
internal sealed class FuzzedConnection
{
    /// <summary>Small, so that their edges are met.</summary>
    private static readonly WireOptions Options = new()
    {
        MaxConcurrentStreams = 6,
        StreamWindow = 65_535,
        ConnectionWindow = 100_000,
        MaxHeaderListSize = 2048,
        MaxHeaderCount = 32,
        OutputHighWater = 20_000,
    };

    /// <summary>The engine's own bound on unread answers, what waits above it, and what a stream's application writes at most.</summary>
    private const int MostOutput = (4 * 1024 * 1024) + 100_000;
    private const int MostSegments = (MostOutput / (16 * 1024)) + (110 * 10);

    private readonly Random _random;
    private readonly FakeTimeProvider _clock = new();
    private readonly List<Exception> _faults = [];
    private readonly MemoryLoop _loop;
    private readonly MemoryChannel _channel;
    private readonly FuzzApp _app;
    private readonly Http2Connection _connection;
    private readonly FrameParser _parser;

    private FuzzedConnection(bool server, int chance)
    {
        _random = new Random(chance);
        _loop = new MemoryLoop(_clock) { Fault = _faults.Add };
        _channel = new MemoryChannel(_loop);
        _app = new FuzzApp(_random);
        _parser = new FrameParser(expectPreface: !server);
        if (server)
        {
            _connection = Http2Connection.Accept(_channel, _app, Options, new ViolationCounters());
            return;
        }

        _loop.Connector = _ => _channel;
        _connection = Http2Connection.Connect(_loop, new IPEndPoint(IPAddress.Loopback, 1), _app, Options, new ViolationCounters());
        ((IChannelHandler)_connection).OnConnected();
        for (var i = 0; i < 3; i++)
        {
            _app.Open(_connection);
        }
    }

    /// <summary>The whole life of a connection.</summary>
    /// <param name="server">Our role.</param>
    /// <param name="input">What the peer says.</param>
    /// <param name="chance">Decides on pieces, time and what the application does.</param>
    public static void Run(bool server, byte[] input, int chance)
    {
        var fuzzed = new FuzzedConnection(server, chance);
        fuzzed.Deliver(input);
        fuzzed.End();
    }

    private void Deliver(byte[] input)
    {
        var most = _random.Next(4) switch { 0 => 3, 1 => 40, _ => 20_000 };
        for (var at = 0; at < input.Length && !_channel.IsClosed;)
        {
            var n = Math.Min(input.Length - at, 1 + _random.Next(most));
            _channel.Receive(input.AsSpan(at, n));
            at += n;
            Check();
            if (_random.Next(3) > 0)
            {
                Turn();
            }
        }

        Turn();
    }

    private void Turn()
    {
        if (_random.Next(6) == 0)
        {
            _app.Act();
        }

        switch (_random.Next(40))
        {
            case 0:
                // Mostly below all limits of time, now and then beyond every one.
                _clock.Advance(TimeSpan.FromSeconds(_random.Next(_random.Next(4) == 0 ? 1000 : 10)));
                break;
            case 1:
                _channel.Room = _random.Next(2000);
                break;
            case 2:
                _channel.Room = int.MaxValue;
                _channel.RequestFlush();
                break;
        }

        _loop.Turn();
        Check();
        _parser.Parse(_channel.TakeWritten());
    }

    private void Check()
    {
        if (_faults.Count > 0)
        {
            throw new InvalidOperationException("The engine threw.", _faults[0]);
        }

        Assert.InRange(_connection.OutputLength, 0, MostOutput);
        Assert.InRange(_loop.Segments.InUse, 0, MostSegments);
        Assert.InRange(_connection.Sender.WindowLeft, 0, int.MaxValue);
        if (_connection.IsDead)
        {
            return;
        }

        var unreturned = 0;
        _connection.Streams.ForEach(
            (stream, _) =>
            {
                Assert.InRange(stream.ReceiveWindow.Left, 0, Options.StreamWindow);
                Assert.InRange(stream.SendWindow.Left, -int.MaxValue, int.MaxValue);
                Assert.InRange(stream.Unreturned, 0, Options.StreamWindow);
                Assert.InRange(stream.PendingBytes, 0, 140_000);
                unreturned += stream.Unreturned;
            },
            0);
        Assert.InRange(_connection.OpenStreams, 0, _connection.IsClient ? 100 : Options.MaxConcurrentStreams);
        var (left, held) = _connection.State.Windows.ConnectionCredit;
        Assert.InRange(left, 0, Options.ConnectionWindow);
        // Of a frame that is being read the rest is neither with a stream nor given back yet.
        Assert.InRange(held, unreturned, unreturned + Options.MaxFrameSize);
    }

    private void End()
    {
        if (_random.Next(2) == 0)
        {
            _connection.Abort(ErrorCode.NoError, "done");
            _loop.Turn();
        }

        _channel.End(_random.Next(2) == 0 ? ChannelEnd.EndOfStream : ChannelEnd.Reset);
        _loop.Turn();
        Check();
        Assert.True(_connection.IsDead);
        Assert.True(_app.ConnectionClosed);
        Assert.Equal(0, _app.OpenStreams);
        Assert.Equal(0, _connection.OpenStreams);
        Assert.Equal(0, _loop.Scratch.StreamsInUse);
        Assert.Equal(0, _loop.Segments.InUse);
        _loop.AssertComesToRest(_clock);
    }
}
