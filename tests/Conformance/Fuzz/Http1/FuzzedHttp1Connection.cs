using System.Net;
using Mesh.Conformance.Peer;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Http1;
using Mesh.Http2.Transport;
using Mesh.Http2.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>
/// One connection of HTTP/1.1 that is given an input, in pieces, while its application and its channel do things by chance. What must
/// hold whatever the input is asserted on the way and at the end.
/// </summary>
internal sealed class FuzzedHttp1Connection
{
    /// <summary>Small, so that their edges are met.</summary>
    private static readonly Http2Options Options = new()
    {
        StreamWindow = 65_535,
        MaxHeaderListSize = 2048,
        MaxHeaderCount = 32,
        OutputHighWater = 20_000,
    };

    /// <summary>What the application writes at most above the mark, in chunks.</summary>
    private const int MostOutput = 250_000;

    private readonly Random _random;
    private readonly FakeTimeProvider _clock = new();
    private readonly List<Exception> _faults = [];
    private readonly MemoryLoop _loop;
    private readonly MemoryChannel _channel;
    private readonly FuzzApp _app;
    private readonly MessageConnection _connection;

    private FuzzedHttp1Connection(bool server, int chance)
    {
        _random = new Random(chance);
        _loop = new MemoryLoop(_clock) { Fault = _faults.Add };
        _channel = new MemoryChannel(_loop);
        _app = new FuzzApp(_random);
        if (server)
        {
            _connection = Http1Connections.Accept(_channel, _app, Options, new ViolationCounters());
            return;
        }

        _loop.Connector = _ => _channel;
        _connection = Http1Connections.Connect(_loop, new IPEndPoint(IPAddress.Loopback, 1), _app, Options, new ViolationCounters());
        ((IChannelHandler)_connection).OnConnected();
        _app.Open(_connection);
    }

    /// <summary>The whole life of a connection.</summary>
    /// <param name="server">Our role.</param>
    /// <param name="input">What the peer says.</param>
    /// <param name="chance">Decides on pieces, time and what the application does.</param>
    public static void Run(bool server, byte[] input, int chance)
    {
        var fuzzed = new FuzzedHttp1Connection(server, chance);
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
            case 3 when _connection.IsClient:
                _app.Open(_connection);
                break;
        }

        _loop.Turn();
        Check();
        _channel.TakeWritten();
    }

    private void Check()
    {
        if (_faults.Count > 0)
        {
            throw new InvalidOperationException("The engine threw.", _faults[0]);
        }

        Assert.InRange(_connection.OutputLength, 0, MostOutput);
        Assert.InRange(_connection.OpenStreams, 0, 1);
        Assert.InRange(_connection.HeldBytes, 0, Options.StreamWindow + ReadSize);
    }

    /// <summary>What is read at once may come on top of a window that has just room.</summary>
    private const int ReadSize = 64 * 1024;

    private void End()
    {
        if (_random.Next(2) == 0)
        {
            _connection.Abort(ErrorCode.NoError, "done");
            _loop.Turn();
        }

        _channel.Room = int.MaxValue;
        _channel.End(_random.Next(2) == 0 ? ChannelEnd.EndOfStream : ChannelEnd.Reset);
        for (var i = 0; i < 1000 && !_channel.IsClosed; i++)
        {
            // After the end of what the peer says ours may go on.
            _app.Act();
            _channel.RequestFlush();
            _loop.Turn();
            Check();
            _channel.TakeWritten();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        if (!_channel.IsClosed)
        {
            _channel.End(ChannelEnd.Reset);
        }

        _loop.Turn();
        Check();
        Assert.True(_connection.IsDead);
        Assert.True(_app.ConnectionClosed);
        Assert.Equal(0, _app.OpenStreams);
        Assert.Equal(0, _connection.OpenStreams);
        Assert.Equal(0, _loop.Scratch.StreamsInUse);
        Assert.Equal(0, _loop.Scratch.PartsInUse);
        Assert.Equal(0, _loop.Segments.InUse);
        _loop.AssertComesToRest(_clock);
    }
}
