using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections.Sending;

/// <summary>
/// The sending half of a connection: the windows the peer has given, and the turn of the streams that have
/// more to send than these allow. Nothing is written to the channel before the loop's turn ends.
/// </summary>
internal sealed class FrameSender(ConnectionState connection, WireOptions options, ConnectionScratch scratch)
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
    private readonly FrameOutput _output = connection.Output;
    private readonly StreamTable _streams = connection.Streams;
    private Window _window = new(Window.Initial);

    /// <summary>Since when the peer has given the connection no window; the largest value while it has.</summary>
    private long _drySince = long.MaxValue;

    /// <summary>What the peer takes on the connection. For tests.</summary>
    public long WindowLeft => _window.Left;

    /// <summary>Who is slow to take what waits.</summary>
    public StallGuard Stalls { get; } = new(connection);

    /// <summary>What is sent now would wait: the peer has left the connection without a window for some time.</summary>
    public bool IsStalled => _drySince != long.MaxValue && connection.Now - _drySince >= DryTime;

    /// <summary>Nothing of the stream has reached the channel: the peer knows nothing of it.</summary>
    public bool HasSentNothingOf(StreamState stream) => _output.HasKeptFrom(stream.FirstByte);

    /// <summary>The peer takes frames with so much payload.</summary>
    public int MaxFrameSize { get; set; } = 16_384;

    public void WriteHeaders(StreamState stream, HeaderList headers, bool endStream)
    {
        if (stream.IsClosed || stream.LocalEnded)
        {
            return;
        }

        stream.Begin(_output.Position);
        var block = scratch.Encoded;
        block.Clear();
        _encoder.Encode(headers, block);
        FrameWriter.Headers(_output.Bytes, stream.Id, block.Written, endStream, MaxFrameSize);
        if (endStream)
        {
            End(stream);
        }

        _output.RequestFlush();
    }

    /// <summary>See <see cref="MessageStream.Write(ReadOnlySpan{byte}, bool)"/>.</summary>
    public int WriteData(StreamState stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (stream.IsClosed || stream.LocalEnded || stream.EndPending)
        {
            return data.Length;
        }

        var sent = 0;
        // Behind those that wait already: whoever writes first would otherwise take every window that opens. An end
        // without data takes nothing from anybody.
        if (stream.Pending.Length == 0 && (_streams.Ready.First is null || data.IsEmpty))
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
        if (endStream)
        {
            stream.EndAfterPending(trailers: null);
        }

        _streams.MakeReady(stream);
        return sent;
    }

    public void WriteTrailers(StreamState stream, HeaderList trailers)
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
        var kept = scratch.RentList();
        kept.CopyFrom(trailers);
        stream.EndAfterPending(kept);
    }

    public void StopPeerWhenDone(StreamState stream)
    {
        stream.StopPeerAfterEnd();
        if (stream.LocalEnded && !stream.IsClosed)
        {
            _streams.Reset(stream, ErrorCode.NoError);
        }
    }

    public void OnConnectionWindow(int increment)
    {
        if (increment == 0 || !_window.TryGrow(increment))
        {
            connection.Fail(
                increment == 0 ? ErrorCode.ProtocolError : ErrorCode.FlowControlError,
                increment == 0 ? "WINDOW_UPDATE of 0" : "the connection's window passes 2^31 - 1");
            return;
        }

        if (_streams.Ready.First is not null)
        {
            _output.RequestFlush();
        }

        if (_drySince != long.MaxValue && _window.IsOpen)
        {
            _drySince = long.MaxValue;
            connection.Connection.Handler.OnCapacityChanged(connection.Connection);
        }
    }

    public void OnStreamWindow(StreamState stream, int increment)
    {
        if (increment == 0 || !stream.SendWindow.TryGrow(increment))
        {
            _streams.Fail(stream, increment == 0 ? ErrorCode.ProtocolError : ErrorCode.FlowControlError);
            return;
        }

        _streams.MakeReady(stream);
    }

    /// <summary>The peer has changed the window with which streams begin, by so much.</summary>
    public void OnInitialWindow(long change)
    {
        if (_streams.TryGrowSendWindows(change))
        {
            _streams.MakeAllReady();
        }
        else
        {
            connection.Fail(ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window pass 2^31 - 1");
        }
    }

    public void OnPeerTableSize(uint size) => _encoder.SetPeerTableSize(size);

    /// <summary>Sends what waits and may go, then gives the channel what it takes.</summary>
    public WriteResult Flush()
    {
        while (true)
        {
            Pump();
            var result = _output.Flush(out var taken);
            Stalls.OnWritten(result, taken);
            if (result == WriteResult.Blocked)
            {
                OnBlocked();
            }

            if (result != WriteResult.Done || _streams.Ready.First is null || !_window.IsOpen)
            {
                return result;
            }

            // The output had been full: there is more.
        }
    }

    private int SendNow(StreamState stream, ReadOnlySpan<byte> data, bool endStream)
    {
        var sent = 0;
        do
        {
            var n = (int)Math.Min(Math.Min(data.Length - sent, MostData), Math.Min(stream.SendWindow.Left, _window.Left));
            if (sent < data.Length && (n <= 0 || _output.Bytes.Length >= options.OutputHighWater))
            {
                break;
            }

            n = Math.Max(0, n);
            var last = endStream && sent + n == data.Length;
            if (n == 0 && !last)
            {
                break; // an empty piece that ends nothing says nothing
            }

            FrameWriter.Data(_output.Bytes, stream.Id, data.Slice(sent, n), last);
            OnDataFramed(stream, n);
            sent += n;
            if (last)
            {
                End(stream);
            }
        }
        while (sent < data.Length);

        _output.RequestFlush();
        return sent;
    }

    /// <summary>A frame of each stream in turn, while the windows and the output have room.</summary>
    private void Pump()
    {
        while (_streams.Ready.First is StreamState stream && _output.Bytes.Length < options.OutputHighWater)
        {
            if (!_window.IsOpen && stream.Pending.Length > 0)
            {
                return; // they keep their turn until the peer gives the connection more
            }

            _streams.Ready.Remove(stream);
            SendPending(stream);
            // Its handler may have put it back in line already.
            if (!stream.IsClosed && !stream.IsQueued && stream.HasSomethingToSend)
            {
                _streams.Ready.Add(stream);
            }
        }
    }

    private void SendPending(StreamState stream)
    {
        var pending = stream.Pending;
        var allowed = Math.Max(0, Math.Min(stream.SendWindow.Left, _window.Left));
        var n = (int)Math.Min(Math.Min(pending.Length, MostData), allowed);
        var drained = n == pending.Length;
        var endsHere = drained && stream.EndPending && stream.TrailersPending is null;
        if (n > 0 || endsHere)
        {
            FrameWriter.Header(_output.Bytes, new FrameHeader(n, FrameType.Data, endsHere ? FrameFlags.EndStream : FrameFlags.None, stream.Id));
            _output.Bytes.MoveFrom(pending, n);
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

    private void EndDrained(StreamState stream)
    {
        if (stream.EndPendingNow() is { } trailers)
        {
            WriteHeaders(stream, trailers, endStream: true);
            scratch.Return(trailers);
        }
        else
        {
            End(stream);
        }
    }

    private void OnDataFramed(StreamState stream, int bytes)
    {
        stream.SendWindow.Use(bytes);
        _window.Use(bytes);
        if (!_window.IsOpen && bytes > 0)
        {
            _drySince = connection.Now;
        }

        if (bytes >= Dribble || (stream.SendWindow.IsOpen && _window.IsOpen))
        {
            connection.Flood.OnDataSent();
        }
    }

    private void End(StreamState stream)
    {
        stream.EndLocal();
        if (stream.StopsPeerAfterEnd && !stream.RemoteEnded)
        {
            _streams.Reset(stream, ErrorCode.NoError);
        }
        else
        {
            _streams.CloseIfEnded(stream);
        }
    }

    /// <summary>
    /// Here and not where it is written: only now is it known that the peer does not read, and a write from within a handler
    /// must not end the stream that handler is at work on.
    /// </summary>
    private void OnBlocked()
    {
        if (_output.Bytes.Length > MostUnreadOutput && !connection.IsDead)
        {
            connection.Fail(ProtocolViolation.OutputFlood, ErrorCode.EnhanceYourCalm, "answers are not read");
        }
    }
}
