using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// The sending half of a connection: its output, the windows the peer has given, and the turn of the streams that have
/// more to send than these allow. Nothing is written to the channel before the loop's turn ends.
/// </summary>
internal sealed class FrameSender(Http2Connection connection, Channel channel, WireOptions options, ConnectionScratch scratch)
{
    /// <summary>
    /// What windows do not bound, that is header blocks and answers to control frames, and a peer may leave unread. An
    /// honest peer reads; one that does not is not worth more.
    /// </summary>
    private const int MostUnreadOutput = 4 * 1024 * 1024;

    /// <summary>
    /// Data of one frame: every peer takes as much (RFC 9113 section 4.2), and a larger one would only keep the other streams
    /// waiting for longer.
    /// </summary>
    private const int MostData = 16 * 1024;

    /// <summary>Sent in this and smaller pieces only because the window is no larger, data earns no credit for another WINDOW_UPDATE.</summary>
    private const int Dribble = 256;

    /// <summary>Far above the round trip after which an honest peer gives more; far below what a caller notices.</summary>
    private static readonly long DryTime = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly HpackEncoder _encoder = new(options.HeaderTableSize);
    private readonly ByteQueue _output = new(channel.Loop.Segments);

    /// <summary>The streams that could send, in turn.</summary>
    private readonly LinkedQueue<MessageStream> _ready = new();
    private long _window = 65_535;

    /// <summary>Bytes that the channel has taken.</summary>
    private long _written;

    /// <summary>Since when the peer has given the connection no window; the largest value while it has.</summary>
    private long _drySince = long.MaxValue;

    /// <summary>What the peer takes on the connection. For tests.</summary>
    public long Window => _window;

    /// <summary>Who is slow to take what waits.</summary>
    public StallGuard Stalls { get; } = new(connection);

    /// <summary>What is sent now would wait: the peer has left the connection without a window for some time.</summary>
    public bool IsStalled => _drySince != long.MaxValue && connection.Now - _drySince >= DryTime;

    /// <summary>Nothing of the stream has reached the channel: the peer knows nothing of it.</summary>
    public bool HasSentNothingOf(Http2Stream stream) => _written <= stream.FirstByte;

    /// <summary>Bytes that the channel has not taken.</summary>
    public int OutputLength => _output.Length;

    public void WritePreface()
    {
        _output.Append(FrameWriter.Preface);
        channel.RequestFlush();
    }

    public void WriteSettings(ReadOnlySpan<(SettingId Id, uint Value)> settings)
    {
        FrameWriter.Settings(_output, settings);
        channel.RequestFlush();
    }

    public void WriteSettingsAck()
    {
        FrameWriter.SettingsAck(_output);
        channel.RequestFlush();
    }

    public void WritePing(ReadOnlySpan<byte> opaque, bool ack)
    {
        FrameWriter.Ping(_output, opaque, ack);
        channel.RequestFlush();
    }

    public void WriteWindowUpdate(int streamId, int increment)
    {
        FrameWriter.WindowUpdate(_output, streamId, increment);
        channel.RequestFlush();
    }

    public void WriteRstStream(int streamId, ErrorCode code)
    {
        FrameWriter.RstStream(_output, streamId, code);
        channel.RequestFlush();
    }

    public void WriteGoAway(int lastStreamId, ErrorCode code, ReadOnlySpan<byte> debug)
    {
        FrameWriter.GoAway(_output, lastStreamId, code, debug);
        channel.RequestFlush();
    }

    public void WriteHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        if (stream.IsClosed || stream.LocalEnded)
        {
            return;
        }

        if (!stream.HasBegun)
        {
            stream.HasBegun = true;
            stream.FirstByte = _written + _output.Length;
        }

        var block = scratch.Encoded;
        block.Clear();
        _encoder.Encode(headers, block);
        FrameWriter.Headers(_output, stream.Id, block.Written, endStream, connection.Peer.MaxFrameSize);
        if (endStream)
        {
            End(stream);
        }

        channel.RequestFlush();
    }

    /// <summary>See <see cref="Http2Stream.Write"/>.</summary>
    public int WriteData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (stream.IsClosed || stream.LocalEnded || stream.EndPending)
        {
            return data.Length;
        }

        var sent = 0;
        // Behind those that wait already: whoever writes first would otherwise take every window that opens. An end
        // without data takes nothing from anybody.
        if (stream.Pending.Length == 0 && (_ready.First is null || data.IsEmpty))
        {
            sent = SendNow(stream, data, endStream);
            data = data[sent..];
            if (data.IsEmpty && (!endStream || stream.LocalEnded))
            {
                return sent;
            }
        }

        if (stream.Pending.Length == 0)
        {
            Stalls.OnWaiting(ref stream.Stall);
        }

        stream.Pending.Append(data);
        stream.EndPending = endStream;
        MakeReady(stream);
        return sent;
    }

    public void WriteTrailers(Http2Stream stream, HeaderList trailers)
    {
        if (stream.IsClosed || stream.LocalEnded || stream.EndPending)
        {
            return;
        }

        if (stream.Pending.Length == 0)
        {
            WriteHeaders(stream, trailers, endStream: true);
            return;
        }

        // Encoded when their turn comes: the table's order is the order on the wire.
        stream.TrailersPending = scratch.RentList();
        stream.TrailersPending.CopyFrom(trailers);
        stream.EndPending = true;
    }

    public void StopPeerWhenDone(Http2Stream stream)
    {
        stream.StopPeerAfterEnd = true;
        if (stream.LocalEnded && !stream.IsClosed)
        {
            connection.Streams.Reset(stream, ErrorCode.NoError);
        }
    }

    public void OnConnectionWindow(int increment)
    {
        if (increment == 0 || _window + increment > int.MaxValue)
        {
            connection.Fail(
                increment == 0 ? ErrorCode.ProtocolError : ErrorCode.FlowControlError,
                increment == 0 ? "WINDOW_UPDATE of 0" : "the connection's window passes 2^31 - 1");
            return;
        }

        _window += increment;
        if (_ready.First is not null)
        {
            channel.RequestFlush();
        }

        if (_drySince != long.MaxValue && _window > 0)
        {
            _drySince = long.MaxValue;
            connection.Handler.OnCapacityChanged(connection);
        }
    }

    public void OnStreamWindow(Http2Stream stream, int increment)
    {
        if (increment == 0 || stream.SendWindow + increment > int.MaxValue)
        {
            connection.Streams.Fail(stream, increment == 0 ? ErrorCode.ProtocolError : ErrorCode.FlowControlError);
            return;
        }

        stream.SendWindow += increment;
        MakeReady(stream);
    }

    public void OnPeerTableSize(uint size) => _encoder.SetPeerTableSize(size);

    /// <summary>What waits may go if the window allows it now.</summary>
    public void MakeReady(Http2Stream stream)
    {
        if (stream.IsQueued || stream.IsClosed || !HasSomethingToSend(stream))
        {
            return;
        }

        _ready.Add(stream);
        channel.RequestFlush();
    }

    /// <summary>The stream has closed: what waits is dropped.</summary>
    public void OnStreamClosed(Http2Stream stream)
    {
        stream.Pending.Clear();
        if (stream.TrailersPending is { } trailers)
        {
            stream.TrailersPending = null;
            scratch.Return(trailers);
        }

        _ready.Remove(stream);
    }

    /// <summary>Sends what waits and may go, then gives the channel what it takes.</summary>
    public WriteResult Flush()
    {
        while (true)
        {
            Pump();
            var before = _output.Length;
            var result = channel.Write(_output);
            _written += before - _output.Length;
            Stalls.OnWritten(result, before - _output.Length);
            if (result == WriteResult.Blocked)
            {
                OnBlocked();
            }

            if (result != WriteResult.Done || _ready.First is null || _window <= 0)
            {
                return result;
            }

            // The output had been full: there is more.
        }
    }

    /// <summary>Drops everything: the connection is gone.</summary>
    public void Clear() => _output.Clear();

    private static bool HasSomethingToSend(Http2Stream stream) =>
        stream.Pending.Length > 0 ? stream.SendWindow > 0 : stream.EndPending;

    private int SendNow(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        var sent = 0;
        do
        {
            var n = (int)Math.Min(Math.Min(data.Length - sent, MostData), Math.Min(stream.SendWindow, _window));
            if (sent < data.Length && (n <= 0 || _output.Length >= options.OutputHighWater))
            {
                break;
            }

            n = Math.Max(0, n);
            var last = endStream && sent + n == data.Length;
            if (n == 0 && !last)
            {
                break; // an empty piece that ends nothing says nothing
            }

            FrameWriter.Data(_output, stream.Id, data.Slice(sent, n), last);
            OnDataFramed(stream, n);
            sent += n;
            if (last)
            {
                End(stream);
            }
        }
        while (sent < data.Length);

        channel.RequestFlush();
        return sent;
    }

    /// <summary>A frame of each stream in turn, while the windows and the output have room.</summary>
    private void Pump()
    {
        while (_ready.First is Http2Stream stream && _output.Length < options.OutputHighWater)
        {
            if (_window <= 0 && stream.Pending.Length > 0)
            {
                return; // they keep their turn until the peer gives the connection more
            }

            _ready.Remove(stream);
            SendPending(stream);
            // Its handler may have put it back in line already.
            if (!stream.IsClosed && !stream.IsQueued && HasSomethingToSend(stream))
            {
                _ready.Add(stream);
            }
        }
    }

    private void SendPending(Http2Stream stream)
    {
        var pending = stream.Pending;
        var allowed = Math.Max(0, Math.Min(stream.SendWindow, _window));
        var n = (int)Math.Min(Math.Min(pending.Length, MostData), allowed);
        var drained = n == pending.Length;
        var endsHere = drained && stream.EndPending && stream.TrailersPending is null;
        if (n > 0 || endsHere)
        {
            FrameWriter.Header(_output, new FrameHeader(n, FrameType.Data, endsHere ? FrameFlags.EndStream : FrameFlags.None, stream.Id));
            _output.MoveFrom(pending, n);
            OnDataFramed(stream, n);
            stream.Stall.OnTaken(n, pending.Length == 0, connection.Now);
        }

        // Before the handler is told: what it writes then must find the stream ended.
        if (drained && stream.EndPending)
        {
            EndDrained(stream);
        }

        if (n > 0)
        {
            stream.Handler.OnSent(stream, n);
        }
    }

    private void EndDrained(Http2Stream stream)
    {
        stream.EndPending = false;
        if (stream.TrailersPending is { } trailers)
        {
            stream.TrailersPending = null;
            WriteHeaders(stream, trailers, endStream: true);
            scratch.Return(trailers);
        }
        else
        {
            End(stream);
        }
    }

    private void OnDataFramed(Http2Stream stream, int bytes)
    {
        stream.SendWindow -= bytes;
        _window -= bytes;
        if (_window <= 0 && bytes > 0)
        {
            _drySince = connection.Now;
        }

        if (bytes >= Dribble || (stream.SendWindow > 0 && _window > 0))
        {
            connection.Flood.OnDataSent();
        }
    }

    private void End(Http2Stream stream)
    {
        stream.LocalEnded = true;
        if (stream.StopPeerAfterEnd && !stream.RemoteEnded)
        {
            connection.Streams.Reset(stream, ErrorCode.NoError);
        }
        else
        {
            connection.Streams.CloseIfEnded(stream);
        }
    }

    /// <summary>
    /// Here and not where it is written: only now is it known that the peer does not read, and a write from within a handler
    /// must not end the stream that handler is at work on.
    /// </summary>
    private void OnBlocked()
    {
        if (_output.Length > MostUnreadOutput && !connection.IsDead)
        {
            connection.Fail(ProtocolViolation.OutputFlood, ErrorCode.EnhanceYourCalm, "answers are not read");
        }
    }
}
