using Mesh.Http2.Connections;
using Mesh.Http2.Timers;

namespace Mesh.Http2.Http1;

/// <summary>
/// What a connection of HTTP/1.1 waits for and for how long: the rest of a head, the next request, the peer's reading of what we
/// send and of our last words. All on one timer, which is set again only when it fires: traffic does not touch the wheel. Owned by
/// its connection.
/// </summary>
internal sealed class Http1Watch : ITimerTarget
{
    /// <summary>A peer that does not read our last words in this time has no use for them.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(5).Ticks;

    private const long Never = long.MaxValue;

    private readonly Http1Connection _connection;
    private readonly Http2Options _options;
    private readonly LoopTimer _timer;
    private long _armedFor = Never;
    private long _headSince = Never;
    private long _idleSince;
    private long _lingerDue = Never;

    public Http1Watch(Http1Connection connection, Http2Options options)
    {
        _connection = connection;
        _options = options;
        _timer = new LoopTimer(this);
        _idleSince = connection.Now;
        // A client that connects has something to say.
        _headSince = connection.IsClient ? Never : _idleSince;
        Arm(NextDue());
    }

    /// <summary>Bytes came in, and were taken as far as they are wanted.</summary>
    public void OnReceived()
    {
        if (!_connection.IsWithinHead)
        {
            _headSince = Never;
        }
        else if (_headSince == Never)
        {
            Arm(After(_headSince = _connection.Now, _options.HandshakeTimeout));
        }
    }

    /// <summary>No request is under way.</summary>
    public void OnIdle()
    {
        _idleSince = _connection.Now;
        Arm(After(_idleSince, _options.IdleTimeout));
    }

    /// <summary>The peer has begun to leave output unread.</summary>
    public void OnUnread() => Arm(After(_connection.Now, _options.StallTimeout));

    /// <summary>The connection is over but for what is to be written.</summary>
    public void OnDead() => Arm(_lingerDue = _connection.Now + LingerTime);

    public void Cancel() => _timer.Cancel();

    void ITimerTarget.OnTimer(int kind)
    {
        _armedFor = Never;
        var now = _connection.Now;
        if (_connection.IsDead)
        {
            if (now >= _lingerDue)
            {
                _connection.OnLingerOver();
            }
            else
            {
                Arm(_lingerDue);
            }

            return;
        }

        if (now >= After(_headSince, _options.HandshakeTimeout))
        {
            _connection.OnSlowHead();
        }
        else if (now >= After(_connection.Sender.UnreadSince, _options.StallTimeout))
        {
            _connection.OnUnreadTooLong();
        }
        else if (now >= IdleDue())
        {
            _connection.OnIdleTooLong();
        }

        Arm(_connection.IsDead ? _lingerDue : NextDue());
    }

    private long NextDue() => Math.Min(
        Math.Min(After(_headSince, _options.HandshakeTimeout), IdleDue()),
        After(_connection.Sender.UnreadSince, _options.StallTimeout));

    private long IdleDue() => _connection.OpenStreams == 0 && _connection.IsReady ? After(_idleSince, _options.IdleTimeout) : Never;

    private void Arm(long due)
    {
        // One that is set for earlier looks again then.
        if (due < _armedFor)
        {
            _armedFor = due;
            _connection.Loop.Timers.Schedule(_timer, due);
        }
    }

    private static long After(long since, TimeSpan time) => since == Never || time <= TimeSpan.Zero ? Never : since + time.Ticks;
}
