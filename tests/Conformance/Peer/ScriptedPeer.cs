using System.Net;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Peer;

/// <summary>
/// The other end of one <see cref="Http2Connection"/>, scripted frame by frame: a test sends, then says what our side must
/// have said on the wire (<see cref="Reads"/>) and to its application (<see cref="Told"/>).
/// </summary>
internal sealed class ScriptedPeer
{
    private readonly FrameParser _parser;

    private ScriptedPeer(bool client, WireOptions? options, ScriptedPeer? beside = null)
    {
        Options = options ?? new WireOptions();
        Clock = beside?.Clock ?? new FakeTimeProvider();
        Loop = beside?.Loop ?? new MemoryLoop(Clock) { Fault = e => Faults.Add(e) };
        Channel = new MemoryChannel(Loop);
        _parser = new FrameParser(expectPreface: client);
        if (client)
        {
            Loop.Connector = _ => Channel;
            Connection = Http2Connection.Connect(Loop, new IPEndPoint(IPAddress.Loopback, 1), App, Options, Violations);
        }
        else
        {
            Connection = Http2Connection.Accept(Channel, App, Options, Violations);
        }
    }

    public FakeTimeProvider Clock { get; }

    public MemoryLoop Loop { get; }

    public MemoryChannel Channel { get; }

    public Http2Connection Connection { get; }

    public WireOptions Options { get; }

    public ViolationCounters Violations { get; } = new();

    public Recorder App { get; } = new();

    public List<Exception> Faults { get; } = [];

    /// <summary>Deliver a byte at a time, a turn after each.</summary>
    public bool Drips { get; init; }

    public Dictionary<int, uint> SaidSettings => _parser.Settings;

    public Dictionary<int, long> DataBytes => _parser.DataBytes;

    public int LargestFrame => _parser.LargestFrame;

    /// <summary>Our side is a server; the peer is a client, through with its handshake.</summary>
    public static ScriptedPeer OfServer(WireOptions? options = null, bool drips = false)
    {
        var peer = Silent(server: true, options, drips);
        peer.Send(Frames.Preface, Frames.Settings());
        peer.ReadHandshake();
        return peer;
    }

    /// <summary>Our side is a client; the peer is a server, through with its handshake.</summary>
    public static ScriptedPeer OfClient(WireOptions? options = null, bool drips = false, params (int, uint)[] settings)
    {
        var peer = Silent(server: false, options, drips);
        peer.Accept();
        peer.Send(Frames.Settings(settings));
        peer.ReadHandshake();
        return peer;
    }

    /// <summary>Nothing was said yet.</summary>
    public static ScriptedPeer Silent(bool server, WireOptions? options = null, bool drips = false) =>
        new(client: !server, options) { Drips = drips };

    /// <summary>Either role: what a section says of both is asked of both.</summary>
    public static ScriptedPeer Of(bool server, WireOptions? options = null, bool drips = false) =>
        server ? OfServer(options, drips) : OfClient(options, drips);

    /// <summary>Another client of a server on the same loop, through with its handshake.</summary>
    public static ScriptedPeer Beside(ScriptedPeer other)
    {
        var peer = new ScriptedPeer(client: false, other.Options, other);
        peer.Send(Frames.Preface, Frames.Settings());
        peer.ReadHandshake();
        return peer;
    }

    /// <summary>The connection of a client comes about.</summary>
    public void Accept()
    {
        ((IChannelHandler)Connection).OnConnected();
        Loop.Turn();
    }

    public ScriptedPeer Send(params byte[][] frames)
    {
        byte[] bytes = [.. frames.SelectMany(f => f)];
        if (Drips)
        {
            foreach (var b in bytes)
            {
                Channel.Receive([b]);
                Loop.Turn();
            }
        }
        else
        {
            Channel.Receive(bytes);
        }

        Loop.Turn();
        return this;
    }

    public ScriptedPeer Send(int times, byte[] frame)
    {
        for (var i = 0; i < times; i++)
        {
            Channel.Receive(frame);
        }

        Loop.Turn();
        return this;
    }

    /// <summary>Our side opens a stream.</summary>
    public MessageStream Open(bool end = true, params string[] more)
    {
        var stream = Connection.Open(List([":method: POST", ":scheme: http", ":path: /", ":authority: a", .. more]), end, App);
        App.Track(stream);
        return stream;
    }

    /// <summary>Our side opens a stream, and what it says of it is read.</summary>
    public MessageStream Opened(bool end = true, params string[] more)
    {
        var stream = Open(end, more);
        Turn();
        TakeFrames();
        return stream;
    }

    public static HeaderList List(params string[] lines)
    {
        var list = new HeaderList();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(": ", 1, StringComparison.Ordinal);
            list.Add(System.Text.Encoding.Latin1.GetBytes(line[..colon]), System.Text.Encoding.Latin1.GetBytes(line[(colon + 2)..]));
        }

        return list;
    }

    public void Turn() => Loop.Turn();

    public void Advance(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        Loop.Turn();
    }

    /// <summary>What our side has written since, a line a frame.</summary>
    public List<string> TakeFrames() => _parser.Parse(Channel.TakeWritten());

    /// <summary>Our side wrote exactly these frames since; a line that ends in * stands for all that begin so.</summary>
    public ScriptedPeer Reads(params string[] expected)
    {
        Compare(expected, TakeFrames());
        return this;
    }

    /// <summary>The application was told exactly this since.</summary>
    public ScriptedPeer Told(params string[] expected)
    {
        Compare(expected, App.Take());
        return this;
    }

    /// <summary>Our side has ended the connection with this code, and has said so last.</summary>
    public void Fails(string code)
    {
        var last = TakeFrames().LastOrDefault() ?? "(nothing)";
        Assert.StartsWith("GOAWAY ", last, StringComparison.Ordinal);
        Assert.EndsWith(" " + code, last, StringComparison.Ordinal);
        Assert.True(Connection.IsDead);
        Assert.True(Channel.IsShutdown);
        Assert.True(App.ConnectionClosed);
        Assert.Equal(0, App.OpenStreams);
        Assert.Empty(Faults);
        Send(Frames.Ping(1));
        Reads();
        Channel.End(ChannelEnd.EndOfStream);
        Turn();
        Assert.True(Channel.IsClosed);
        HoldsNothing();
    }

    /// <summary>Our side takes the connection for sound, and answers.</summary>
    public void GoesOn()
    {
        Send(Frames.Ping(4711));
        Assert.Equal("PING ack 4711", TakeFrames().LastOrDefault());
        Assert.False(Connection.IsDead);
        Assert.Empty(Faults);
    }

    /// <summary>Nothing is left in the loop's pools.</summary>
    public void HoldsNothing()
    {
        Assert.Empty(Faults);
        Assert.Equal(0, Loop.Scratch.StreamsInUse);
        Assert.Equal(0, Loop.Segments.InUse);
        Assert.Equal(0, Connection.OpenStreams);
    }

    private void ReadHandshake()
    {
        if (Options.ConnectionWindow > 65_535)
        {
            Reads("SETTINGS", "WINDOW_UPDATE 0 *", "SETTINGS ack");
        }
        else
        {
            Reads("SETTINGS", "SETTINGS ack");
        }
    }

    private static void Compare(string[] expected, List<string> actual)
    {
        var same = expected.Length == actual.Count && expected.Zip(actual).All(pair =>
            pair.First.EndsWith('*') ? pair.Second.StartsWith(pair.First[..^1], StringComparison.Ordinal) : pair.First == pair.Second);
        if (!same)
        {
            Assert.Fail($"Expected:\n  {string.Join("\n  ", expected)}\nActual:\n  {string.Join("\n  ", actual)}");
        }
    }
}
