using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// Notices that the peer does not take what waits for it: streams that get no window, and the connection's output where the
/// peer does not even read. Part of a connection's sending half; <see cref="ConnectionWatch"/> asks it to look.
/// </summary>
internal sealed class StallGuard(Http2Connection connection)
{
    /// <summary>Of the connection's output.</summary>
    private Stall _unread = new();

    /// <summary>The peer has left output unread since its socket was full.</summary>
    public bool IsUnread => _unread.Since != long.MaxValue;

    /// <summary>Data begins to wait.</summary>
    public void OnWaiting(ref Stall stall)
    {
        stall.Begin(connection.Now);
        connection.Watch.OnWaiting();
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
            connection.OnUnread();
            return long.MaxValue;
        }

        var look = new Look { Since = since, Oldest = _unread.Since };
        connection.Streams.ForEach(static (stream, look) => look.At(stream), look);
        return look.Oldest;
    }

    private sealed class Look
    {
        public long Since { get; init; }

        public long Oldest { get; set; }

        public void At(Http2Stream stream)
        {
            if (stream.Stall.Since > Since)
            {
                Oldest = Math.Min(Oldest, stream.Stall.Since);
            }
            else
            {
                stream.Connection.Streams.Fail(stream, ErrorCode.EnhanceYourCalm, ProtocolViolation.StalledStream);
            }
        }
    }
}
