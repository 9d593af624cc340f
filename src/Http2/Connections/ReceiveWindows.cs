using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// The windows we have given the peer (RFC 9113 section 6.9): what it may still send, and what our handlers have taken and
/// the peer has not been told yet. Part of a connection's receiving half.
/// </summary>
internal sealed class ReceiveWindows(Http2Connection connection, Http2Options options)
{
    /// <summary>
    /// A stream's window while the loop holds more than its budget (<see cref="Buffers.SegmentPool.IsTight"/>): one frame, with
    /// which a stream across a data centre still moves some 30 MB/s, and of which 1,000 streams that nobody reads hold 16 MiB.
    /// </summary>
    private const int TightWindow = 16 * 1024;

    /// <summary>The window with which streams begin, as we have said last, and as the peer has acknowledged.</summary>
    private int _said = options.StreamWindow;
    private int _agreed = options.StreamWindow;

    /// <summary>SETTINGS that the peer has not acknowledged: the first, which tell it to begin with, or later ones. No more than one at a time.</summary>
    private bool _awaitsAck = true;

    private int _left = options.ConnectionWindow;
    private int _unannounced;

    /// <summary>What the peer may send on the connection, and what we have taken back and not yet told it. For tests.</summary>
    public (int Left, int Unannounced) ConnectionCredit => (_left, _unannounced);

    /// <summary>What the peer may send on a stream that begins.</summary>
    public int StreamWindow => _agreed;

    /// <summary>
    /// A stream begins or its data comes: lends the peer less, or as much as ever again, if the loop's memory wants it. What it was
    /// lent before it may still send until it has acknowledged (RFC 9113 section 6.9.2), and its windows may become negative.
    /// </summary>
    public void Adapt()
    {
        var wanted = connection.Loop.Segments.IsTight ? Math.Min(TightWindow, options.StreamWindow) : options.StreamWindow;
        if (wanted != _said && !_awaitsAck && !connection.IsDead)
        {
            _said = wanted;
            _awaitsAck = true;
            connection.Sender.WriteSettings([(Frames.SettingId.InitialWindowSize, (uint)wanted)]);
        }
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

        return true;
    }

    /// <summary>
    /// Whether the peer has so much credit on the stream. A larger window that it has been told of counts before it has acknowledged
    /// it, and what a stream was lent before its window shrank counts afterwards: .NET's client, for one, acknowledges while bytes
    /// for which it had credit are still in its hands.
    /// </summary>
    public bool Allows(Http2Stream stream, int bytes) => bytes == 0 || bytes <= stream.ReceiveWindow + stream.Shrunk + Math.Max(0, _said - _agreed);

    /// <summary>A DATA frame counts whole, padding included, on any stream; false if the peer had no credit for it.</summary>
    public bool TryTake(int bytes)
    {
        if (bytes > _left)
        {
            return false;
        }

        _left -= bytes;
        return true;
    }

    /// <summary>See <see cref="Http2Stream.ReturnCredit"/>.</summary>
    public void ReturnCredit(Http2Stream stream, int bytes)
    {
        if (bytes == 0 || stream.IsClosed)
        {
            return; // closing gave back the rest
        }

        stream.Unreturned -= bytes;
        ReturnToConnection(bytes);
        ReturnToStream(stream, bytes);
    }

    public void ReturnToStream(Http2Stream stream, int bytes)
    {
        stream.Unannounced += bytes;
        // Half a window at a time: a peer that fills it is told before it runs dry, and small messages cost no frame.
        if (!stream.IsClosed && !stream.RemoteEnded && stream.Unannounced > 0 && stream.Unannounced >= _said / 2)
        {
            connection.Sender.WriteWindowUpdate(stream.Id, stream.Unannounced);
            stream.ReceiveWindow += stream.Unannounced;
            stream.Unannounced = 0;
        }
    }

    public void ReturnToConnection(int bytes)
    {
        _unannounced += bytes;
        if (_unannounced >= options.ConnectionWindow / 2 && !connection.IsDead)
        {
            connection.Sender.WriteWindowUpdate(0, _unannounced);
            _left += _unannounced;
            _unannounced = 0;
        }
    }
}
