using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Sidecar.Tests.Flow.Leaks;

/// <summary>What callers and endpoints that act by chance have in common: their streams, and credit given back when they like.</summary>
internal abstract class RandomEnd(Random random) : IConnectionHandler, IStreamHandler
{
    private readonly Dictionary<Http2Stream, State> _states = [];
    private readonly List<(Http2Stream, State)> _turn = [];

    protected Random Random { get; } = random;

    /// <summary>Streams that have not been closed.</summary>
    public int Held => _states.Count;

    /// <summary>All that can end does, and what was received is given back.</summary>
    public bool Finishing { get; set; }

    /// <summary>Each stream does something, or nothing.</summary>
    public void Act()
    {
        _turn.Clear();
        foreach (var (stream, state) in _states)
        {
            _turn.Add((stream, state));
        }

        foreach (var (stream, state) in _turn)
        {
            if (stream.IsClosed || !ReferenceEquals(_states.GetValueOrDefault(stream), state))
            {
                continue;
            }

            if (Finishing || (state.Reads && Random.Next(3) == 0))
            {
                stream.ReturnCredit(state.Unreturned);
                state.Unreturned = 0;
            }

            if (!stream.IsClosed && Random.Next(4) == 0)
            {
                Act(stream, state);
            }
        }
    }

    public virtual void OnRequest(Http2Stream stream, HeaderList headers, bool endStream) => stream.Reset(ErrorCode.ProtocolError);

    public virtual void OnInterim(Http2Stream stream, HeaderList headers)
    {
    }

    public virtual void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
    }

    public virtual void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        _states[stream].Unreturned += data.Length;
        _states[stream].RequestEnded |= endStream;
    }

    public virtual void OnTrailers(Http2Stream stream, HeaderList trailers) => _states[stream].RequestEnded = true;

    public void OnSent(Http2Stream stream, int bytes)
    {
    }

    public virtual void OnReset(Http2Stream stream, StreamReset reset)
    {
    }

    public virtual void OnClosed(Http2Stream stream) => Assert.True(_states.Remove(stream));

    public void OnCapacityChanged(Http2Connection connection)
    {
    }

    public void OnClosed(Http2Connection connection)
    {
    }

    protected State Add(Http2Stream stream, int behaviour)
    {
        var state = new State { Behaviour = behaviour, Reads = Random.Next(10) > 0 };
        _states.Add(stream, state);
        return state;
    }

    protected abstract void Act(Http2Stream stream, State state);

    protected sealed class State
    {
        public int Behaviour;
        public int Step;
        public int ToSend;
        public int Unreturned;
        public bool RequestEnded;
        public bool Reads;
    }
}
