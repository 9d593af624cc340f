using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// The windows we have given the peer (RFC 9113 section 6.9): what it may still send, and what our handlers have taken and
/// the peer has not been told yet. Part of a connection's receiving half.
/// </summary>
internal sealed class ReceiveWindows(Http2Connection connection, Http2Options options)
{
    private int _left = options.ConnectionWindow;
    private int _unannounced;

    /// <summary>What the peer may send on the connection, and what we have taken back and not yet told it. For tests.</summary>
    public (int Left, int Unannounced) ConnectionCredit => (_left, _unannounced);

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
        if (!stream.IsClosed && !stream.RemoteEnded && stream.Unannounced >= options.StreamWindow / 2)
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
