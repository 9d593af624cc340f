using System.Net;
using System.Text;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http1;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Http1;

/// <summary>
/// The other end of one connection of HTTP/1.1, scripted byte by byte: a test sends text, then says what our side must have said on the
/// wire (<see cref="Reads"/>) and to its application (<see cref="Told"/>). Its end checks that nothing is held.
/// </summary>
internal sealed class Http1Peer : IDisposable
{
    private readonly StringBuilder _read = new();
    private bool _hasFailed;

    private Http1Peer(bool server, WireOptions? options)
    {
        Options = options ?? new WireOptions();
        Loop = new MemoryLoop(Clock) { Fault = e => Faults.Add(e) };
        Channel = new MemoryChannel(Loop);
        Loop.Connector = _ => Channel;
        Connection = (Http1Connection)(server
            ? Http1Connections.Accept(Channel, App, Options, Violations)
            : Http1Connections.Connect(Loop, new IPEndPoint(IPAddress.Loopback, 1), App, Options, Violations));
    }

    public FakeTimeProvider Clock { get; } = new();

    public MemoryLoop Loop { get; }

    public MemoryChannel Channel { get; }

    public Http1Connection Connection { get; }

    public WireOptions Options { get; }

    public ViolationCounters Violations { get; } = new();

    public Recorder App { get; } = new();

    public List<Exception> Faults { get; } = [];

    /// <summary>Deliver a byte at a time, a turn after each.</summary>
    public bool Drips { get; init; }

    /// <summary>The stream of the only request so far.</summary>
    public MessageStream Stream => App[1];

    /// <summary>Our side is a server.</summary>
    public static Http1Peer OfServer(WireOptions? options = null, bool drips = false) => new(server: true, options) { Drips = drips };

    /// <summary>Our side is a server whose application answers each request, once it is whole, with "ok" and its number.</summary>
    public static Http1Peer OfEcho(WireOptions? options = null, bool drips = false)
    {
        var peer = OfServer(options, drips);
        peer.App.OnEndDo = stream => Answer(stream, "200", $"ok{stream.Id}");
        return peer;
    }

    /// <summary>Our side is a client.</summary>
    public static Http1Peer OfClient(WireOptions? options = null, bool drips = false)
    {
        var peer = Unconnected(options, drips);
        peer.Accept();
        return peer;
    }

    /// <summary>Our side is a client whose connection has not come about.</summary>
    public static Http1Peer Unconnected(WireOptions? options = null, bool drips = false) => new(server: false, options) { Drips = drips };

    /// <summary>A whole answer with its length.</summary>
    public static void Answer(MessageStream stream, string status, string body, params string[] fields)
    {
        Head(stream, status, [$"content-length: {body.Length}", .. fields]);
        stream.Write(Encoding.Latin1.GetBytes(body), endStream: true);
    }

    /// <summary>The head of an answer.</summary>
    public static void Head(MessageStream stream, string status, params string[] fields) =>
        stream.WriteHeaders(ScriptedPeer.List([$":status: {status}", .. fields]), endStream: false);

    public static void Write(MessageStream stream, string text, bool end = false) => stream.Write(Encoding.Latin1.GetBytes(text), end);

    /// <summary>The connection of a client comes about.</summary>
    public void Accept()
    {
        ((IChannelHandler)Connection).OnConnected();
        Loop.Turn();
    }

    /// <summary>Our side opens a stream.</summary>
    public MessageStream Open(string method = "GET", bool end = true, params string[] fields)
    {
        string[] pseudo = method == "CONNECT"
            ? [":method: CONNECT", ":authority: a:1"]
            : [$":method: {method}", ":scheme: http", ":authority: a", ":path: /"];
        var stream = Connection.Open(ScriptedPeer.List([.. pseudo, .. fields]), end, App);
        App.Track(stream);
        return stream;
    }

    /// <summary>Our side opens a stream, and what it says of it is read.</summary>
    public MessageStream Opened(string method = "GET", bool end = true, params string[] fields)
    {
        var stream = Open(method, end, fields);
        Turn();
        Take();
        return stream;
    }

    /// <summary>Says this; line ends are made CR LF.</summary>
    public Http1Peer Send(string text) => Send(Encoding.Latin1.GetBytes(Crlf(text)));

    public Http1Peer Send(byte[] bytes)
    {
        if (Drips)
        {
            foreach (var octet in bytes)
            {
                Channel.Receive([octet]);
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

    /// <summary>Says that it sends no more.</summary>
    public Http1Peer End(ChannelEnd end = ChannelEnd.EndOfStream)
    {
        Channel.End(end);
        Loop.Turn();
        return this;
    }

    public void Turn() => Loop.Turn();

    public void Advance(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        Loop.Turn();
    }

    /// <summary>Lets our side write so much more.</summary>
    public void Grant(int room)
    {
        Channel.Room = room;
        Channel.RequestFlush();
        Loop.Turn();
    }

    /// <summary>What our side has written since.</summary>
    public string Take()
    {
        _read.Append(Encoding.Latin1.GetString(Channel.TakeWritten()));
        var text = _read.ToString();
        _read.Clear();
        return text;
    }

    /// <summary>Our side wrote exactly this since; line ends are made CR LF.</summary>
    public Http1Peer Reads(string expected)
    {
        var actual = Take();
        return Check(Crlf(expected) == actual, $"Expected:\n{expected}\nActual:\n{actual}");
    }

    /// <summary>The application was told exactly this since.</summary>
    public Http1Peer Told(params string[] expected)
    {
        var actual = App.Take();
        return Check(expected.SequenceEqual(actual), $"Expected:\n  {string.Join("\n  ", expected)}\nActual:\n  {string.Join("\n  ", actual)}");
    }

    /// <summary>Our side has said its last word in good order, and waits for ours.</summary>
    public Http1Peer Closes()
    {
        Check(Connection.IsDead && App.ConnectionClosed && App.OpenStreams == 0, "It is not over.");
        Check(!Channel.IsCut, "It is cut.");
        return Check(Channel.IsShutdown || Channel.IsClosed, "It is not closed.");
    }

    /// <summary>Our side has ended the connection so that nobody takes a part for the whole.</summary>
    public Http1Peer IsCut() => Check(Connection.IsDead && App is { ConnectionClosed: true, OpenStreams: 0 } && Channel.IsCut, "It is not cut.");

    /// <summary>Our side takes the connection for sound.</summary>
    public Http1Peer GoesOn()
    {
        Check(!Connection.IsDead && !Channel.IsClosed && !Channel.IsShutdown, $"It has ended: {Connection.Failure}");
        return Check(Channel.IsPaused == false && Connection.OpenStreams == 0, "It waits for something.");
    }

    /// <summary>The whole of an answer of ours to what never became a request, and the end.</summary>
    public void Refuses(int status)
    {
        var answer = Take();
        Check(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), $"Expected: {status}\nActual:\n{answer}");
        Check(answer.Contains("\r\nconnection: close\r\n", StringComparison.Ordinal), answer);
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Check(body.Length > 5 && body.IndexOf('\n', StringComparison.Ordinal) == body.Length - 1, body);
        Check(answer.Contains($"\r\ncontent-length: {body.Length}\r\n", StringComparison.Ordinal), answer);
        Check(answer.Contains($"\r\nx-mesh-error: {body.TrimEnd()}\r\n", StringComparison.Ordinal), answer);
        Closes();
        Send("GET / HTTP/1.1\nhost: a\n\n");
        Reads("").Told();
    }

    /// <summary>Whatever is left ends, and nothing is held.</summary>
    public void Dispose()
    {
        if (_hasFailed)
        {
            return;
        }

        if (!Channel.IsClosed)
        {
            Channel.End(ChannelEnd.Reset);
            Loop.Turn();
        }

        Assert.Empty(Faults);
        Assert.True(Connection.IsDead);
        Assert.True(Channel.IsClosed);
        Assert.True(App.ConnectionClosed);
        Assert.Equal(0, App.OpenStreams);
        Assert.Equal(0, Connection.OpenStreams);
        Assert.Equal(0, Loop.Scratch.StreamsInUse);
        Assert.Equal(0, Loop.Segments.InUse);
        Loop.AssertComesToRest(Clock);
    }

    private static string Crlf(string text) => text.ReplaceLineEndings("\r\n");

    private Http1Peer Check(bool holds, string message)
    {
        if (!holds)
        {
            _hasFailed = true;
            Assert.Fail(message + string.Concat(Faults.Select(fault => "\n" + fault)));
        }

        return this;
    }
}
