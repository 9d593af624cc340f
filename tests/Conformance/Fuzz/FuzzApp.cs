using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Fuzz;

/// <summary>
/// The application behind a connection that is fuzzed. It does by chance what an application may do, and asserts that it is
/// told what <see cref="IStreamHandler"/> promises, in an order that makes sense.
/// </summary>
internal sealed class FuzzApp(Random random) : IConnectionHandler, IStreamHandler
{
    private static readonly HeaderList Request = ScriptedPeer.List(":method: POST", ":scheme: http", ":path: /x", ":authority: a", "x-a: 1");
    private static readonly HeaderList Response = ScriptedPeer.List(":status: 200", "x-a: 1");
    private static readonly HeaderList Trailers = ScriptedPeer.List("grpc-status: 0");
    private static readonly byte[] Body = new byte[40_000];

    private readonly Dictionary<MessageStream, State> _states = [];

    public int OpenStreams => _states.Count;

    public bool ConnectionClosed { get; private set; }

    public void Open(MessageConnection connection)
    {
        if (connection.IsClient && connection.CanOpen)
        {
            var stream = connection.Open(Request, endStream: random.Next(3) == 0, this);
            _states.Add(stream, new State { HeadSent = true });
        }
    }

    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        Assert.False(ConnectionClosed);
        Assert.True(headers.TryGet(KnownHeader.Method, out _));
        stream.Handler = this;
        _states.Add(stream, new State { HeadReceived = true, Ended = endStream });
        Act(stream);
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
        Assert.False(Live(stream).HeadReceived);
        Act(stream);
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        var state = Live(stream);
        Assert.False(state.HeadReceived);
        state.HeadReceived = true;
        state.Ended = endStream;
        Act(stream);
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        var state = Live(stream);
        Assert.True(state.HeadReceived && !state.Ended);
        state.Ended = endStream;
        state.Unreturned += data.Length;
        Act(stream);
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        var state = Live(stream);
        Assert.True(state.HeadReceived && !state.Ended);
        state.Ended = true;
        Act(stream);
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        var state = _states[stream];
        state.Waiting -= bytes;
        Assert.True(bytes > 0 && state.Waiting >= 0);
        Act(stream);
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        var state = Live(stream);
        state.Reset = true;
        Assert.True(stream.IsClosed);
    }

    public void OnClosed(MessageStream stream) => Assert.True(_states.Remove(stream));

    public void OnCapacityChanged(MessageConnection connection)
    {
        if (random.Next(8) == 0)
        {
            Open(connection);
        }
    }

    public void OnClosed(MessageConnection connection)
    {
        Assert.False(ConnectionClosed);
        ConnectionClosed = true;
    }

    /// <summary>Something on some stream.</summary>
    public void Act()
    {
        foreach (var stream in _states.Keys.ToArray())
        {
            Act(stream);
        }
    }

    private State Live(MessageStream stream)
    {
        Assert.False(ConnectionClosed, "told of a stream after its connection's end");
        var state = _states[stream];
        Assert.False(state.Reset, "told of a stream after its reset");
        return state;
    }

    private void Act(MessageStream stream)
    {
        if (stream.IsClosed || random.Next(3) == 0)
        {
            return;
        }

        var state = _states[stream];
        var n = random.Next(state.Unreturned + 1);
        state.Unreturned -= n;
        stream.ReturnCredit(n);
        switch (random.Next(16))
        {
            case < 6 when !state.HeadSent:
                state.HeadSent = true;
                state.Done = random.Next(4) == 0;
                stream.WriteHeaders(Response, state.Done);
                break;
            case < 6 when !state.Done && state.Waiting < 100_000:
                state.Done = random.Next(3) == 0;
                var length = random.Next(random.Next(4) == 0 ? Body.Length : 50);
                state.Waiting += length;
                state.Waiting -= stream.Write(Body.AsSpan(0, length), state.Done);
                break;
            case 6 when state.HeadSent && !state.Done:
                state.Done = true;
                stream.WriteTrailers(Trailers);
                break;
            case 7:
                stream.Reset(ErrorCode.Cancel);
                break;
            case 8 when state.Done:
                stream.StopPeerWhenDone();
                break;
            case 9 when random.Next(60) == 0:
                stream.Connection.GoAway();
                break;
            case 10 when random.Next(200) == 0:
                stream.Connection.Abort(ErrorCode.InternalError, "by chance");
                break;
        }
    }

    private sealed class State
    {
        public bool HeadReceived;
        public bool HeadSent;
        public bool Ended;
        public bool Done;
        public bool Reset;
        public int Unreturned;
        public int Waiting;
    }
}
