using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Tests.Flow.Leaks;

/// <summary>What callers and endpoints that act by chance have in common: their streams, and credit given back when they like.</summary>
internal abstract class RandomEnd(Random random) : IConnectionHandler, IStreamHandler
{
    private readonly Dictionary<MessageStream, State> _states = [];
    private readonly List<(MessageStream, State)> _turn = [];

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

    public virtual void OnRequest(MessageStream stream, HeaderList headers, bool endStream) => stream.Reset(ErrorCode.ProtocolError);

    public virtual void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public virtual void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    public virtual void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        _states[stream].Unreturned += data.Length;
        _states[stream].RequestEnded |= endStream;
    }

    public virtual void OnTrailers(MessageStream stream, HeaderList trailers) => _states[stream].RequestEnded = true;

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    public virtual void OnReset(MessageStream stream, StreamReset reset)
    {
    }

    public virtual void OnClosed(MessageStream stream) => Assert.True(_states.Remove(stream));

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection)
    {
    }

    protected State Add(MessageStream stream, int behaviour)
    {
        var state = new State { Behaviour = behaviour, Reads = Random.Next(10) > 0 };
        _states.Add(stream, state);
        return state;
    }

    protected abstract void Act(MessageStream stream, State state);

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
