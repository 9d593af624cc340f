using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Pairs;

/// <summary>One end's application, which does by chance whatever an application may do. Checks that bodies arrive as sent.</summary>
internal sealed class RandomEnd(Random random, bool isServer) : IConnectionHandler, IStreamHandler
{
    private static readonly HeaderList Response = ScriptedPeer.List(":status: 200", "x-a: b");
    private static readonly HeaderList Interim = ScriptedPeer.List(":status: 103");
    private static readonly HeaderList Trailers = ScriptedPeer.List("grpc-status: 0", "x-t: 1");
    private static readonly HeaderList Request = ScriptedPeer.List(":method: POST", ":scheme: http", ":path: /x", ":authority: a");

    private readonly Dictionary<MessageStream, State> _states = [];
    private readonly byte[] _scratch = new byte[70_000];

    public int Opened { get; private set; }

    public int Completed { get; private set; }

    public int Resets { get; private set; }

    public long Received { get; private set; }

    public int Held => _states.Count;

    /// <summary>No chances any more: everything is brought to its end.</summary>
    public bool Finishing { get; set; }

    public void Open(MessageConnection connection)
    {
        if (!connection.CanOpen)
        {
            return;
        }

        var end = random.Next(3) == 0;
        var stream = connection.Open(Request, end, this);
        _states.Add(stream, new State { HeadSent = true });
        Opened++;
    }

    public void Act()
    {
        foreach (var (stream, state) in _states.ToArray())
        {
            if (!stream.IsClosed && (Finishing || random.Next(4) == 0))
            {
                Act(stream, state);
            }
        }
    }

    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        stream.Handler = this;
        Opened++;
        _states.Add(stream, new State());
        if (random.Next(10) == 0)
        {
            Act(stream, _states[stream]);
        }
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        Assert.True(headers.TryGet("x-a"u8, out var value) && value.SequenceEqual("b"u8));
        Chance(stream);
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        var state = _states[stream];
        foreach (var b in data)
        {
            Assert.Equal((byte)(stream.Id + state.Received++), b);
        }

        Received += data.Length;
        state.Unreturned += data.Length;
        Chance(stream);
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        Assert.Equal(2, trailers.Count);
        Chance(stream);
    }

    public void OnSent(MessageStream stream, int bytes)
    {
        _states[stream].Waiting -= bytes;
        Chance(stream);
    }

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        Assert.True(stream.IsClosed);
        Resets++;
    }

    public void OnClosed(MessageStream stream)
    {
        Assert.True(_states.Remove(stream));
        Completed++;
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
        if (!isServer && !Finishing && random.Next(4) == 0)
        {
            Open(connection);
        }
    }

    public void OnClosed(MessageConnection connection)
    {
    }

    private void Chance(MessageStream stream)
    {
        if (random.Next(50) == 0)
        {
            Act(stream, _states[stream]);
        }
    }

    private void Act(MessageStream stream, State state)
    {
        var n = Finishing ? state.Unreturned : random.Next(state.Unreturned + 1);
        state.Unreturned -= n;
        stream.ReturnCredit(n);
        switch (Finishing ? 6 + random.Next(3) : random.Next(12))
        {
            case 0 when random.Next(3) == 0:
                stream.Reset(ErrorCode.Cancel);
                break;
            case 1 when isServer && !state.HeadSent:
                stream.WriteHeaders(Interim, endStream: false);
                break;
            case < 6:
                Write(stream, state, random.Next(random.Next(10) == 0 ? _scratch.Length : 2000), end: false);
                break;
            case 6:
                Write(stream, state, random.Next(100), end: true);
                break;
            case 7 when !state.Ended:
                Head(stream, state);
                state.Ended = true;
                stream.WriteTrailers(Trailers);
                break;
            case 8 when isServer:
                Write(stream, state, random.Next(100), end: true);
                stream.StopPeerWhenDone();
                break;
        }
    }

    private void Write(MessageStream stream, State state, int length, bool end)
    {
        if (state.Ended || (state.Waiting > 100_000 && !end))
        {
            return;
        }

        Head(stream, state);
        var bytes = _scratch.AsSpan(0, length);
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(stream.Id + state.Sent++);
        }

        state.Ended = end;
        state.Waiting += length;
        state.Waiting -= stream.Write(bytes, end);
    }

    private void Head(MessageStream stream, State state)
    {
        if (!state.HeadSent)
        {
            state.HeadSent = true;
            stream.WriteHeaders(Response, endStream: false);
        }
    }

    private sealed class State
    {
        public int Sent;
        public int Received;
        public int Unreturned;
        public int Waiting;
        public bool HeadSent;
        public bool Ended;
    }
}
