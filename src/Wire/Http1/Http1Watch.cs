using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Http1;

/// <summary>
/// What a connection of HTTP/1.1 waits for and for how long: to come about, the rest of a head, the next request, the peer's reading of
/// what we send and of our last words, and word from its system that what we send arrives. All on one timer, which is set again only when it fires: traffic does not touch the wheel. Owned
/// by its connection.
/// </summary>
internal sealed class Http1Watch : ITimerTarget
{
    /// <summary>A peer that says nothing more for so long has read our last words, or has no use for them.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(5).Ticks;

    /// <summary>One that goes on sending is not listened to for longer.</summary>
    private static readonly long LongestLinger = TimeSpan.FromSeconds(30).Ticks;

    private const long Never = long.MaxValue;

    private readonly Http1Connection _connection;
    private readonly WireOptions _options;
    private TimeSpan _longestIdle;
    private readonly LoopTimer _timer;
    private long _armedFor = Never;

    /// <summary>Since when a head is due, or the connection itself.</summary>
    private long _startSince;
    private long _idleSince;
    private long _lingerSince = Never;
    private long _droppedLast;
    private long _lookedAt;
    private bool _isOver;

    public Http1Watch(Http1Connection connection, WireOptions options)
    {
        _connection = connection;
        _options = options;
        _longestIdle = connection.IsClient ? Shorter(options.IdleTimeout, options.Http1ReuseTimeout) : options.IdleTimeout;
        _timer = new LoopTimer(this);
        _startSince = _idleSince = connection.Now; // a client that connects has something to say
        Arm(NextDue());
    }

    /// <summary>Client role: it has come about.</summary>
    public void OnConnected()
    {
        _startSince = Never;
        OnIdle();
    }

    /// <summary>Server role: a request's head is whole.</summary>
    public void OnHead() => _startSince = Never;

    /// <summary>Bytes came in, and were taken as far as they are wanted.</summary>
    public void OnReceived()
    {
        // How long an answer may take is for others to decide.
        if (_startSince == Never && _connection is { IsClient: false, IsWithinHead: true })
        {
            Arm(After(_startSince = _connection.Now, _options.HandshakeTimeout));
        }
    }

    /// <summary>A request is under way.</summary>
    public void OnRequest() => Arm(After(_lookedAt = _connection.Now, LookInterval));

    /// <summary>No request is under way.</summary>
    public void OnIdle()
    {
        _idleSince = _connection.Now;
        Arm(After(_idleSince, _longestIdle));
    }

    /// <summary>Client role: the server says how long it keeps the connection. It may be for less than we would, not for more.</summary>
    public void OnReuseTime(TimeSpan time) => _longestIdle = Shorter(Shorter(_options.IdleTimeout, _options.Http1ReuseTimeout), time);

    /// <summary>The peer has begun to leave output unread.</summary>
    public void OnUnread() => Arm(After(_connection.Now, _options.StallTimeout));

    /// <summary>All that will be said is with the kernel.</summary>
    public void OnLastWord()
    {
        if (_lingerSince == Never)
        {
            _lingerSince = _droppedLast = _connection.Now;
            Arm(LingerDue());
        }
    }

    /// <summary>The peer still sends, after our last word.</summary>
    public void OnDropped() => _droppedLast = _connection.Now;

    /// <summary>Nothing is waited for any more.</summary>
    public void Cancel()
    {
        _isOver = true;
        _timer.Cancel();
    }

    void ITimerTarget.OnTimer(int kind)
    {
        _armedFor = Never;
        Look(_connection.Now);
        Arm(NextDue());
    }

    private void Look(long now)
    {
        if (now >= LingerDue())
        {
            _connection.OnLingerOver();
        }
        else if (now >= UnreadDue())
        {
            _connection.OnUnreadTooLong();
        }
        else if (now >= LookDue())
        {
            _lookedAt = now;
            if (_connection.IsUnacknowledgedFor(_options.KeepAliveInterval + _options.KeepAliveTimeout))
            {
                _connection.OnUnacknowledged();
            }
        }
        else if (now >= StartDue())
        {
            _connection.OnSlowStart();
        }
        else if (now >= IdleDue())
        {
            _connection.OnIdleTooLong();
        }
    }

    private long NextDue() => Math.Min(Math.Min(Math.Min(LingerDue(), UnreadDue()), LookDue()), Math.Min(StartDue(), IdleDue()));

    private long LingerDue() => _lingerSince == Never ? Never : Math.Min(_droppedLast + LingerTime, _lingerSince + LongestLinger);

    private long UnreadDue() => After(_connection.Sender.UnreadSince, _options.StallTimeout);

    // While something is under way, or the last of it unread.
    private long LookDue() => _connection is { OpenStreams: > 0 } or { OutputLength: > 0 } ? After(_lookedAt, LookInterval) : Never;

    /// <summary>Zero where nobody is asked whether he is there.</summary>
    private TimeSpan LookInterval => _options.KeepAliveTimeout > TimeSpan.Zero ? _options.KeepAliveInterval / 2 : TimeSpan.Zero;

    private long StartDue() => _connection.IsDead ? Never : After(_startSince, _options.HandshakeTimeout);

    private long IdleDue() => _connection is { OpenStreams: 0, IsReady: true } ? After(_idleSince, _longestIdle) : Never;

    private void Arm(long due)
    {
        // One that is set for earlier looks again then.
        if (due < _armedFor && !_isOver)
        {
            _armedFor = due;
            _connection.Loop.Timers.Schedule(_timer, due);
        }
    }

    /// <summary>Zero is for ever.</summary>
    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) =>
        one == TimeSpan.Zero ? other : other == TimeSpan.Zero || one < other ? one : other;

    private static long After(long since, TimeSpan time) => since == Never || time <= TimeSpan.Zero ? Never : since + time.Ticks;
}
