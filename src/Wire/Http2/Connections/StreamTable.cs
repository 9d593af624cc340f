using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// The streams of one connection: which are open, which have been, and the ways in which one ends. Owned by its connection;
/// only the loop's thread may call it.
/// </summary>
internal sealed class StreamTable(Http2Connection connection, Channel channel)
{
    /// <summary>A table up to this size is not worth giving back: about 4 KiB.</summary>
    private const int SmallCapacity = 128;

    /// <summary>So many times in a row must the table have been far too large: load comes in waves.</summary>
    private const int PatientPeaks = 1000;

    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly RecentIds _reset = new();
    private int _next = 1;

    /// <summary>Most streams at once since there were none.</summary>
    private int _peak;
    private int _smallPeaks;

    /// <summary>Streams under way.</summary>
    public int Count => _streams.Count;

    /// <summary>One has come to an end other than that the peer went away and had not looked at it.</summary>
    public bool HasServed { get; private set; }

    /// <summary>Client role: there is a number left for another.</summary>
    public bool HasNext => _next > 0;

    public Http2Stream? Find(int streamId) => _streams.TryGetValue(streamId, out var stream) ? stream : null;

    /// <summary>Nobody has used it yet (RFC 9113 section 5.1.1).</summary>
    public bool IsIdle(int streamId) => connection.IsClient
        ? (streamId & 1) == 0 || (_next > 0 && streamId >= _next)
        : (streamId & 1) == 0 || streamId > connection.Receiver.Headers.LastPeerStreamId;

    /// <summary>Whatever comes on this stream is dropped: we have reset it, or our GOAWAY says that we never looked at it.</summary>
    public bool WasGivenUp(int streamId) => !connection.Departure.Takes(streamId) || _reset.Contains(streamId);

    /// <summary>Client role: the next of ours.</summary>
    public Http2Stream AddOwn()
    {
        var stream = Add(_next);
        _next += 2; // overflows to negative after the last one
        connection.Watch.OnAsked();
        return stream;
    }

    /// <summary>One of ours, or server role: one that the client has opened.</summary>
    public Http2Stream Add(int streamId)
    {
        var windows = connection.Receiver.Windows;
        windows.Adapt();
        var stream = (Http2Stream)channel.Loop.Scratch.RentStream(Protocol.Http2, static segments => new Http2Stream(segments));
        stream.Open(connection, streamId, connection.Peer.InitialWindow, windows.StreamWindow);
        _streams.Add(streamId, stream);
        _peak = Math.Max(_peak, _streams.Count);
        if (_streams.Count == 1)
        {
            connection.Watch.OnBusy();
        }

        return stream;
    }

    /// <summary>Server role: answers a stream that never gets an object.</summary>
    public void Refuse(int streamId, ErrorCode code)
    {
        Remember(streamId);
        connection.Sender.WriteRstStream(streamId, code);
    }

    /// <summary>Server role: 431, as HTTP has it for this (RFC 6585 section 5); the rest of the request is not wanted.</summary>
    public void AnswerHeadersTooLarge(int streamId, bool endStream)
    {
        var stream = Add(streamId);
        stream.Handler = Unhandled.Instance;
        stream.HeadReceived = true;
        stream.RemoteEnded = endStream;
        var headers = channel.Loop.Scratch.RentList();
        headers.Add(KnownHeader.Status, "431"u8);
        connection.Sender.WriteHeaders(stream, headers, endStream: true);
        channel.Loop.Scratch.Return(headers);
        connection.Sender.StopPeerWhenDone(stream);
    }

    /// <summary>Our own decision.</summary>
    public void Reset(Http2Stream stream, ErrorCode code)
    {
        // Ended both ways it is about to be closed, by whoever has called the handler that resets it.
        if (stream.IsClosed || (stream.LocalEnded && stream.RemoteEnded))
        {
            return;
        }

        Remember(stream.Id);
        connection.Sender.WriteRstStream(stream.Id, code);
        Close(stream);
    }

    /// <summary>The peer broke the protocol on one stream (RFC 9113 section 5.4.2).</summary>
    public void Fail(Http2Stream stream, ErrorCode code) =>
        Fail(stream, code, Http2Connection.KindOf(code, ProtocolViolation.StreamError));

    /// <summary>The same, where the code does not tell how.</summary>
    public void Fail(Http2Stream stream, ErrorCode code, ProtocolViolation violation)
    {
        if (stream.IsClosed)
        {
            return;
        }

        connection.Count(violation);
        Reset(stream, code);
        stream.Handler.OnReset(stream, new StreamReset(code, ResetCause.Violation));
        connection.Allow(connection.Flood.ProvokedReset);
    }

    /// <summary>A frame that a stream which is not there (any more) must not get: that stream's error, not the connection's.</summary>
    public void FailClosed(int streamId, ErrorCode code)
    {
        connection.Count(Http2Connection.KindOf(code, ProtocolViolation.StreamError));
        connection.Sender.WriteRstStream(streamId, code);
        connection.Allow(connection.Flood.ProvokedReset);
    }

    /// <summary>Not our decision.</summary>
    public void End(Http2Stream stream, StreamReset reset)
    {
        HasServed |= reset.Cause != ResetCause.GoAway;
        Close(stream);
        stream.Handler.OnReset(stream, reset);
    }

    /// <summary>Ends all.</summary>
    public void EndAll(StreamReset reset) => EndAll(reset, static _ => true);

    /// <summary>Ends all of a kind.</summary>
    public void EndAll(StreamReset reset, Func<Http2Stream, bool> which)
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
    public void CloseIfEnded(Http2Stream stream)
    {
        if (stream.LocalEnded && stream.RemoteEnded && !stream.IsClosed)
        {
            HasServed = true;
            connection.Flood.OnStreamCompleted();
            Close(stream);
        }
    }

    /// <summary>The peer has changed the window with which streams begin, and so all there are (RFC 9113 section 6.9.2).</summary>
    public void OnInitialWindowChanged(long change)
    {
        foreach (var stream in _streams.Values)
        {
            stream.SendWindow += change;
            if (stream.SendWindow > int.MaxValue)
            {
                connection.Fail(ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window pass 2^31 - 1");
                return;
            }
        }

        foreach (var stream in _streams.Values)
        {
            connection.Sender.MakeReady(stream);
        }
    }

    /// <summary>The peer knows of another window with which streams begin, and so have all there are.</summary>
    public void OnReceiveWindowChanged(int change)
    {
        foreach (var stream in _streams.Values)
        {
            stream.ReceiveWindow += change;
            stream.Shrunk = Math.Max(0, stream.Shrunk - change);
        }
    }

    /// <summary>Calls <paramref name="action"/> for each stream under way, which may end it, but not open another.</summary>
    public void ForEach<TState>(Action<Http2Stream, TState> action, TState state)
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

    private void Close(Http2Stream stream)
    {
        stream.IsClosed = true;
        _streams.Remove(stream.Id);
        if (_streams.Count == 0)
        {
            OnLastClosed();
        }

        connection.Receiver.Data.OnStreamClosed(stream);
        connection.Sender.OnStreamClosed(stream);
        channel.Loop.Scratch.Retire(stream);
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
