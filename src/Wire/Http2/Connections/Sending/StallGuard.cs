using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections.Sending;

/// <summary>
/// Notices that the peer does not take what waits for it: streams that get no window, and the connection's output where the
/// peer does not even read. Part of a connection's sending half; it looks when <see cref="Due.Stalls"/> are.
/// </summary>
internal sealed class StallGuard(ConnectionState connection)
{
    /// <summary>Of the connection's output.</summary>
    private Stall _unread = new();

    /// <summary>The peer has left output unread since its socket was full.</summary>
    public bool IsUnread => _unread.Since != long.MaxValue;

    /// <summary>Since when, in the loop's time; the largest value if it has not.</summary>
    public long UnreadSince => _unread.Since;

    /// <summary>Data begins to wait.</summary>
    public void OnWaiting(ref Stall stall)
    {
        stall.Begin(connection.Now);
        connection.Times.OnWaiting();
    }

    /// <summary>Output was offered to the channel.</summary>
    public void OnWritten(WriteResult result, int bytes)
    {
        if (result == WriteResult.Done)
        {
            _unread.End();
        }
        else if (_unread.Since == long.MaxValue)
        {
            OnWaiting(ref _unread);
        }
        else
        {
            _unread.OnTaken(bytes, all: false, connection.Now);
        }
    }

    /// <summary>Ends what has waited too long: the connection if the peer does not read at all, else the streams that do.</summary>
    /// <param name="since">What has waited since then or longer.</param>
    /// <returns>Since when the one has waited that has waited longest of the rest; the largest value if none waits.</returns>
    public long End(long since)
    {
        if (_unread.Since <= since)
        {
            connection.Fail(ProtocolViolation.SlowPeer, ErrorCode.EnhanceYourCalm, "what we send is not read");
            return long.MaxValue;
        }

        var look = new Look { Streams = connection.Streams, Since = since, Oldest = _unread.Since };
        connection.Streams.ForEach(static (stream, look) => look.At(stream), look);
        return look.Oldest;
    }

    private sealed class Look
    {
        public required StreamTable Streams { get; init; }

        public long Since { get; init; }

        public long Oldest { get; set; }

        public void At(StreamState stream)
        {
            if (stream.Stall.Since > Since)
            {
                Oldest = Math.Min(Oldest, stream.Stall.Since);
            }
            else
            {
                Streams.Fail(stream, ErrorCode.EnhanceYourCalm, ProtocolViolation.StalledStream);
            }
        }
    }
}
