using System.Net;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Tests.Http1;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>
/// One connection of HTTP/1.1 that is given an input, in pieces, while its application and its channel do things by chance. What must
/// hold whatever the input is asserted on the way and at the end.
/// </summary>
internal sealed class FuzzedHttp1Connection
{
    /// <summary>Small, so that their edges are met.</summary>
    private static readonly WireOptions Options = new()
    {
        StreamWindow = 65_535,
        MaxHeaderListSize = 1024,
        MaxHeaderCount = 16,
        OutputHighWater = 20_000,
    };

    /// <summary>What an application of these tests writes at most to a stream that is not read.</summary>
    private const int MostOutput = 300_000;

    private readonly Random _random;
    private readonly FakeTimeProvider _clock = new();
    private readonly List<Exception> _faults = [];
    private readonly MemoryLoop _loop;
    private readonly MemoryChannel _channel;
    private readonly FuzzApp _app;
    private readonly Http1Connection _connection;

    private FuzzedHttp1Connection(bool server, int chance)
    {
        _random = new Random(chance);
        _loop = new MemoryLoop(_clock) { Fault = _faults.Add };
        _channel = new MemoryChannel(_loop);
        _app = new FuzzApp(_random);
        _loop.Connector = _ => _channel;
        _connection = (Http1Connection)(server
            ? Http1Connections.Accept(_channel, _app, Options, new ViolationCounters())
            : Http1Connections.Connect(_loop, new IPEndPoint(IPAddress.Loopback, 1), _app, Options, new ViolationCounters()));
        if (!server)
        {
            ((IChannelHandler)_connection).OnConnected();
        }
    }

    /// <summary>Fails if anything that must hold does not.</summary>
    /// <param name="server">Our role.</param>
    /// <param name="input">What the peer says.</param>
    /// <param name="chance">What else happens, and when.</param>
    public static void Run(bool server, byte[] input, int chance)
    {
        var run = new FuzzedHttp1Connection(server, chance);
        var random = new Random(chance);
        foreach (var piece in Pieces.Cut(input, random, random.Next(3) switch { 0 => 3, 1 => 30, _ => 500 }))
        {
            run.Step();
            run._channel.Receive(piece);
        }

        run.Step();
        run.Over();
    }

    private void Step()
    {
        if (_connection.IsClient && _random.Next(2) == 0)
        {
            _app.Open(_connection);
        }

        switch (_random.Next(24))
        {
            case < 6:
                _app.Act();
                break;
            case 6:
                _channel.Room = _random.Next(30_000);
                break;
            case < 12:
                _channel.Room = int.MaxValue;
                _channel.RequestFlush();
                break;
            case 12:
                _clock.Advance(TimeSpan.FromSeconds(_random.Next(700)));
                break;
            case 13 when _random.Next(4) == 0:
                _channel.End(_random.Next(2) == 0 ? ChannelEnd.EndOfStream : ChannelEnd.Reset);
                break;
            case 14:
                _connection.SayClose();
                break;
            case < 17:
                return; // in the same turn
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
        Assert.InRange(_connection.HeldBytes, 0, Options.StreamWindow + (64 * 1024));
        Assert.InRange(_loop.Segments.InUse, 0, 100);
        Assert.InRange(_loop.Scratch.StreamsInUse, 0, 1);
        Assert.InRange(_app.OpenStreams, 0, 1);
        Assert.Equal(_connection.OpenStreams, _app.OpenStreams);
        Assert.True(_connection.IsDead || !_channel.IsClosed, "The channel is closed, and nobody knows.");
    }

    private void Over()
    {
        if (_random.Next(2) == 0)
        {
            _connection.Abort(ErrorCode.NoError, "done");
            _loop.Turn();
        }

        _channel.End(ChannelEnd.Reset);
        _loop.Turn();
        Check();
        Assert.True(_connection.IsDead && _channel.IsClosed);
        Assert.True(_app.ConnectionClosed);
        Assert.Equal(0, _app.OpenStreams);
        Assert.Equal(0, _loop.Scratch.StreamsInUse);
        Assert.Equal(0, _loop.Segments.InUse);
        _loop.AssertComesToRest(_clock);
    }
}
