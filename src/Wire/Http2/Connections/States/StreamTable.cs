using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// The streams of one connection: which are open, which have been, and the ways in which one ends. Owned by its connection;
/// only the loop's thread may call it.
/// </summary>
/// <param name="connection">Theirs.</param>
/// <param name="scratch">Where they come from and go to.</param>
/// <param name="make">Makes one where none is left from before.</param>
internal sealed class StreamTable(ConnectionState connection, ConnectionScratch scratch, Func<SegmentPool, MessageStream> make)
{
    /// <summary>A table up to this size is not worth giving back: about 4 KiB.</summary>
    private const int SmallCapacity = 128;

    /// <summary>So many times in a row must the table have been far too large: load comes in waves.</summary>
    private const int PatientPeaks = 1000;

    private readonly Dictionary<int, StreamState> _streams = [];
    private readonly RecentIds _reset = new();
    private int _next = 1;

    /// <summary>Most streams at once since there were none.</summary>
    private int _peak;
    private int _smallPeaks;

    /// <summary>Those that could send, in turn.</summary>
    public LinkedQueue<MessageStream> Ready { get; } = new();

    /// <summary>Whose DATA frame is being read; null between frames, and where nobody wants the rest.</summary>
    public StreamState? Reading { get; set; }

    /// <summary>Server role: the highest that the client has opened.</summary>
    public int LastOfPeer { get; set; }

    /// <summary>Streams under way.</summary>
    public int Count => _streams.Count;

    /// <summary>One has come to an end other than that the peer went away and had not looked at it.</summary>
    public bool HasServed { get; private set; }

    /// <summary>Client role: there is a number left for another.</summary>
    public bool HasNext => _next > 0;

    public StreamState? Find(int streamId) => _streams.TryGetValue(streamId, out var stream) ? stream : null;

    /// <summary>Nobody has used it yet (RFC 9113 section 5.1.1).</summary>
    public bool IsIdle(int streamId) => connection.IsClient
        ? (streamId & 1) == 0 || (_next > 0 && streamId >= _next)
        : (streamId & 1) == 0 || streamId > LastOfPeer;

    /// <summary>Whatever comes on this stream is dropped: we have reset it, or our GOAWAY says that we never looked at it.</summary>
    public bool WasGivenUp(int streamId) => !connection.Departure.Takes(streamId) || _reset.Contains(streamId);

    /// <summary>Client role: the next of ours.</summary>
    /// <param name="sendWindow">With what it may begin.</param>
    public StreamState AddOwn(int sendWindow)
    {
        var stream = Add(_next, sendWindow);
        _next += 2; // overflows to negative after the last one
        connection.Times.OnAsked();
        return stream;
    }

    /// <summary>One of ours, or server role: one that the client has opened.</summary>
    public StreamState Add(int streamId, int sendWindow)
    {
        var windows = connection.Windows;
        windows.Adapt();
        var stream = (StreamState)scratch.RentStream(Protocol.Http2, make);
        stream.Open(connection.Connection, streamId, sendWindow, windows.StreamWindow);
        _streams.Add(streamId, stream);
        _peak = Math.Max(_peak, _streams.Count);
        if (_streams.Count == 1)
        {
            connection.Times.OnBusy();
        }

        return stream;
    }

    /// <summary>Server role: answers a stream that never gets an object.</summary>
    public void Refuse(int streamId, ErrorCode code)
    {
        Remember(streamId);
        connection.Output.WriteRstStream(streamId, code);
    }

    /// <summary>Our own decision.</summary>
    public void Reset(StreamState stream, ErrorCode code)
    {
        // Ended both ways it is about to be closed, by whoever has called the handler that resets it.
        if (stream.IsClosed || stream.HasEnded)
        {
            return;
        }

        Remember(stream.Id);
        connection.Output.WriteRstStream(stream.Id, code);
        Close(stream);
    }

    /// <summary>The peer broke the protocol on one stream (RFC 9113 section 5.4.2).</summary>
    public void Fail(StreamState stream, ErrorCode code) =>
        Fail(stream, code, ConnectionState.KindOf(code, ProtocolViolation.StreamError));

    /// <summary>The same, where the code does not tell how.</summary>
    public void Fail(StreamState stream, ErrorCode code, ProtocolViolation violation)
    {
        if (stream.IsClosed)
        {
            return;
        }

        connection.Count(violation);
        Reset(stream, code);
        stream.Handler.OnReset(stream, new StreamReset(code, ResetCause.Violation));
        connection.Allow(ref connection.Flood.ProvokedReset);
    }

    /// <summary>A frame that a stream which is not there (any more) must not get: that stream's error, not the connection's.</summary>
    public void FailClosed(int streamId, ErrorCode code)
    {
        connection.Count(ConnectionState.KindOf(code, ProtocolViolation.StreamError));
        connection.Output.WriteRstStream(streamId, code);
        connection.Allow(ref connection.Flood.ProvokedReset);
    }

    /// <summary>Not our decision.</summary>
    public void End(StreamState stream, StreamReset reset)
    {
        HasServed |= reset.Cause != ResetCause.GoAway;
        Close(stream);
        stream.Handler.OnReset(stream, reset);
    }

    /// <summary>Ends all.</summary>
    public void EndAll(StreamReset reset) => EndAll(reset, static _ => true);

    /// <summary>Ends all of a kind.</summary>
    public void EndAll(StreamReset reset, Func<StreamState, bool> which)
    {
        // Of a copy: a handler may close others.
        foreach (var stream in _streams.Values.ToArray())
        {
            if (!stream.IsClosed && which(stream))
            {
                End(stream, reset);
            }
        }
    }

    /// <summary>Both directions may have come to their end.</summary>
    public void CloseIfEnded(StreamState stream)
    {
        if (stream.HasEnded && !stream.IsClosed)
        {
            HasServed = true;
            connection.Flood.OnStreamCompleted();
            Close(stream);
        }
    }

    /// <summary>The peer has changed the window with which streams begin, and so all there are (RFC 9113 section 6.9.2).</summary>
    /// <returns>Whether all stayed within what a window may be.</returns>
    public bool TryGrowSendWindows(long change)
    {
        foreach (var stream in _streams.Values)
        {
            if (!stream.SendWindow.TryGrow(change))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What waits may go if the window allows it now.</summary>
    public void MakeReady(StreamState stream)
    {
        if (!stream.IsQueued && !stream.IsClosed && stream.HasSomethingToSend)
        {
            Ready.Add(stream);
            connection.Output.RequestFlush();
        }
    }

    /// <summary>The same for all of them.</summary>
    public void MakeAllReady()
    {
        foreach (var stream in _streams.Values)
        {
            MakeReady(stream);
        }
    }

    /// <summary>The peer knows of another window with which streams begin, and so have all there are.</summary>
    public void OnReceiveWindowChanged(int change)
    {
        foreach (var stream in _streams.Values)
        {
            stream.ReceiveWindow.Grow(change);
            stream.Shrunk = Math.Max(0, stream.Shrunk - change);
        }
    }

    /// <summary>Calls <paramref name="action"/> for each stream under way, which may end it, but not open another.</summary>
    public void ForEach<TState>(Action<StreamState, TState> action, TState state)
    {
        foreach (var stream in _streams.Values.ToArray())
        {
            action(stream, state);
        }
    }

    private void Remember(int streamId)
    {
        _reset.Add(streamId);
        connection.Flood.OnStreamGivenUp();
    }

    private void Close(StreamState stream)
    {
        stream.Close();
        _streams.Remove(stream.Id);
        if (_streams.Count == 0)
        {
            OnLastClosed();
        }

        if (ReferenceEquals(Reading, stream))
        {
            Reading = null;
        }

        // What its handler has not returned goes back to the connection; what waits is dropped.
        connection.Windows.ReturnToConnection(stream.Unreturned);
        stream.Unreturned = 0;
        stream.Pending.Clear();
        if (stream.EndPendingNow() is { } trailers)
        {
            scratch.Return(trailers);
        }

        Ready.Remove(stream);
        scratch.Retire(stream);
        connection.OnStreamClosed();
    }

    /// <summary>
    /// What a burst has left is given back, but not what comes and goes: a table that is made again and again is garbage.
    /// </summary>
    private void OnLastClosed()
    {
        _smallPeaks = _streams.Capacity > SmallCapacity && _peak < _streams.Capacity / 8 ? _smallPeaks + 1 : 0;
        _peak = 0;
        if (_smallPeaks == PatientPeaks)
        {
            _streams.TrimExcess();
            _smallPeaks = 0;
        }
    }
}
