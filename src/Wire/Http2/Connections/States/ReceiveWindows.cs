using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// The windows we have given the peer (RFC 9113 section 6.9): what it may still send. A stream's grows when our handlers have
/// taken what came; the connection's at once, as long as not too much is held.
/// </summary>
internal sealed class ReceiveWindows(ConnectionState connection, WireOptions options)
{
    /// <summary>
    /// A stream's window while the loop holds more than its budget (<see cref="Buffers.SegmentPool.IsTight"/>): one frame, with
    /// which a stream across a data centre still moves some 30 MB/s, and of which 1,000 streams that nobody reads hold 16 MiB.
    /// </summary>
    private const int TightWindow = 16 * 1024;

    /// <summary>
    /// What may be held for streams whose data nobody takes, in windows of the connection. Beyond it the connection stands still.
    /// Those 64 MiB are the budget after which streams' windows are small, a window that was under way then, and 1,000 streams
    /// with small ones: honest peers stay below, and those that are not cannot make us hold more.
    /// </summary>
    private const int MostWindowsHeld = 4;

    /// <summary>Less is not worth a frame, nor does it let a peer send one of usual size.</summary>
    private const int LeastLent = 8 * 1024;

    /// <summary>The window with which streams begin, as we have said last, and as the peer has acknowledged.</summary>
    private int _said = options.StreamWindow;
    private int _agreed = options.StreamWindow;

    /// <summary>SETTINGS that the peer has not acknowledged: the first, which tell it to begin with, or later ones. No more than one at a time.</summary>
    private bool _awaitsAck = true;

    /// <summary>What the peer may send on the connection.</summary>
    private Window _window = new(options.ConnectionWindow);

    /// <summary>What it may send on the connection, and what of its data is held. For tests.</summary>
    public (int Left, long Held) ConnectionCredit => ((int)_window.Left, Held);

    /// <summary>Bytes received that our handlers have not returned: they wait for somebody further on to take them.</summary>
    public long Held { get; private set; }

    /// <summary>So much is held that the peer may send hardly anything, on any stream.</summary>
    public bool IsFull => _window.Left < LeastLent;

    /// <summary>
    /// A peer that has not acknowledged our SETTINGS, which may have made its streams' windows small, or never will, is held to one
    /// window; it takes one round trip.
    /// </summary>
    private long MostHeld => (_awaitsAck ? 1 : MostWindowsHeld) * (long)options.ConnectionWindow;

    /// <summary>What the peer may send on a stream that begins.</summary>
    public int StreamWindow => _agreed;

    /// <summary>
    /// A stream begins or its data comes: lends the peer less, or as much as ever again, if the loop's memory wants it. What it was
    /// lent before it may still send until it has acknowledged (RFC 9113 section 6.9.2), and its windows may become negative.
    /// </summary>
    public void Adapt()
    {
        var wanted = connection.Connection.Loop.Segments.IsTight ? Math.Min(TightWindow, options.StreamWindow) : options.StreamWindow;
        if (wanted != _said && !_awaitsAck && !connection.IsDead)
        {
            _said = wanted;
            _awaitsAck = true;
            connection.Output.WriteSettings([(Frames.SettingId.InitialWindowSize, (uint)wanted)]);
        }
    }

    /// <summary>
    /// Asks the peer for a sign of life where PINGs would be too many: SETTINGS that change nothing must be acknowledged as well
    /// (RFC 9113 section 6.5.3).
    /// </summary>
    /// <returns>Whether they were sent: not while others wait to be acknowledged, of which nobody could tell them.</returns>
    public bool TryProbe()
    {
        if (_awaitsAck)
        {
            return false;
        }

        _awaitsAck = true;
        connection.Output.WriteSettings([]);
        return true;
    }

    /// <summary>The peer has acknowledged SETTINGS.</summary>
    /// <returns>Whether there were any to acknowledge.</returns>
    public bool OnSettingsAcknowledged()
    {
        if (!_awaitsAck)
        {
            return false;
        }

        _awaitsAck = false;
        if (_agreed != _said)
        {
            connection.Streams.OnReceiveWindowChanged(_said - _agreed);
            _agreed = _said;
            // What was too little of the larger window to be worth a frame is all that a stream below zero goes on by.
            connection.Streams.ForEach(static (stream, windows) => windows.ReturnToStream(stream, 0), this);
        }

        Lend();
        return true;
    }

    /// <summary>
    /// Whether the peer has so much credit on the stream. A larger window that it has been told of counts before it has acknowledged
    /// it, and what a stream was lent before its window shrank counts afterwards: .NET's client, for one, acknowledges while bytes
    /// for which it had credit are still in its hands.
    /// </summary>
    public bool Allows(StreamState stream, int bytes) => bytes == 0 || bytes <= stream.ReceiveWindow.Left + stream.Shrunk + Math.Max(0, _said - _agreed);

    /// <summary>A DATA frame counts whole, padding included, on any stream; false if the peer had no credit for it.</summary>
    public bool TryTake(int bytes)
    {
        if (bytes > _window.Left)
        {
            return false;
        }

        _window.Use(bytes);
        Held += bytes;
        Lend();
        return true;
    }

    /// <summary>See <see cref="MessageStream.ReturnCredit"/>.</summary>
    public void ReturnCredit(StreamState stream, int bytes)
    {
        if (bytes == 0 || stream.IsClosed)
        {
            return; // closing gave back the rest
        }

        stream.Unreturned -= bytes;
        ReturnToConnection(bytes);
        ReturnToStream(stream, bytes);
    }

    public void ReturnToStream(StreamState stream, int bytes)
    {
        stream.Unannounced += bytes;
        // Half a window at a time: a peer that fills it is told before it runs dry, and small messages cost no frame.
        if (!stream.IsClosed && !stream.RemoteEnded && stream.Unannounced > 0 && stream.Unannounced >= _said / 2)
        {
            connection.Output.WriteWindowUpdate(stream.Id, stream.Unannounced);
            stream.ReceiveWindow.Grow(stream.Unannounced);
            stream.Unannounced = 0;
        }
    }

    public void ReturnToConnection(int bytes)
    {
        Held -= bytes;
        if (_window.Left < options.ConnectionWindow / 2)
        {
            Lend(); // it has been full
        }
    }

    /// <summary>
    /// What comes in may come again at once, whether or not it has been taken: streams have windows of their own, and those
    /// that nobody takes would otherwise stop all others. Half a window at a time.
    /// </summary>
    private void Lend()
    {
        var most = Math.Min(options.ConnectionWindow, MostHeld - Held);
        var more = (int)(most - _window.Left);
        if (more < Math.Max(most / 2, LeastLent) || connection.IsDead)
        {
            return;
        }

        var wasFull = IsFull;
        connection.Output.WriteWindowUpdate(0, more);
        _window.Grow(more);
        if (wasFull)
        {
            connection.Connection.Handler.OnCapacityChanged(connection.Connection);
        }
    }
}
