using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// What a connection waits for and for how long: the handshake, the rest of a frame or header block, the answer to a
/// keep-alive PING or its like or to that of a graceful GOAWAY, the peer's taking of what we send and reading of our last words, and
/// the next stream. All on one timer, which is set
/// again only when it fires: traffic does not touch the wheel. Owned by its connection.
/// </summary>
internal sealed class ConnectionWatch : ITimerTarget
{
    /// <summary>A peer that does not read our GOAWAY in this time has no use for it.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(5).Ticks;

    /// <summary>
    /// Between PINGs while nothing else comes in. gRPC's servers take more than two in five minutes on silent streams for
    /// an attack and close the connection (gRFC A8), so that only the first comes after the short interval.
    /// </summary>
    private static readonly long QuietInterval = TimeSpan.FromMinutes(5).Ticks + TimeSpan.FromSeconds(10).Ticks;

    private const long Never = long.MaxValue;

    private readonly Http2Connection _connection;
    private readonly WireOptions _options;
    private readonly LoopTimer _timer;
    private long _armedFor = Never;
    private long _handshakeDue;
    private long _goAwayDue = Never;
    private long _lingerDue = Never;
    private long _stallDue = Never;
    private long _idleSince;
    private long _lastReceived;
    private long _lastPing;
    private long _waitingSince;

    /// <summary>When the first of the streams was opened since which nothing has come in; the largest value if there is none.</summary>
    private long _askedSince = Never;

    /// <summary>When the peer was asked whether it is there, if it has not answered.</summary>
    private long _probedAt;
    private bool _isProbed;

    /// <summary>Something but answers to our PINGs has come in since the last of them.</summary>
    private bool _heardSincePing = true;

    public ConnectionWatch(Http2Connection connection, WireOptions options)
    {
        _connection = connection;
        _options = options;
        _timer = new LoopTimer(this);
        _lastReceived = _idleSince = connection.Now;
        _lastPing = _lastReceived - QuietInterval;
        _handshakeDue = After(_lastReceived, options.HandshakeTimeout);
        Arm(_handshakeDue);
    }

    /// <summary>The peer has shown its preface and SETTINGS.</summary>
    public void OnHandshakeDone()
    {
        _handshakeDue = Never;
        Arm(KeepAliveDue());
        Arm(IdleDue());
    }

    /// <summary>A read begins to be taken in: whatever it leads to comes after it.</summary>
    public void OnReceiving() => _askedSince = Never;

    /// <summary>A read has been taken in whole.</summary>
    public void OnReceived()
    {
        _lastReceived = _connection.Now;
        _isProbed = false;
        Arm(After(_connection.UnfinishedSince, _options.HandshakeTimeout));
    }

    /// <summary>A HEADERS or DATA frame came in: the streams are not silent.</summary>
    public void OnStreamTraffic() => _heardSincePing = true;

    /// <summary>Client role: a stream was opened. A connection that is dead is noticed by the first that gets nothing back.</summary>
    public void OnAsked()
    {
        if (_askedSince == Never)
        {
            _askedSince = _connection.Now;
            Arm(After(_askedSince, _options.KeepAliveInterval / 2));
        }
    }

    /// <summary>The first stream was opened.</summary>
    public void OnBusy()
    {
        // Silence while there was nothing to say does not count, but one call given up after the other does.
        if (_lastReceived >= _waitingSince)
        {
            _waitingSince = _connection.Now;
        }

        Arm(KeepAliveDue());
    }

    /// <summary>The last stream has ended.</summary>
    public void OnIdle()
    {
        _idleSince = _connection.Now;
        Arm(IdleDue());
    }

    /// <summary>Something waits for the peer to take it.</summary>
    public void OnWaiting()
    {
        // One look at all that waits covers what comes later, too: it finds when to look again.
        if (_stallDue == Never)
        {
            Arm(_stallDue = After(_connection.Now, _options.StallTimeout));
        }
    }

    /// <summary>The first step of a graceful GOAWAY: the second must not depend on the peer's answer.</summary>
    public void OnGoAwayPing() => Arm(_goAwayDue = _connection.Now + LingerTime);

    public void OnGoAwayDone() => _goAwayDue = Never;

    /// <summary>The connection is over but for what is to be written.</summary>
    public void OnDead()
    {
        _lingerDue = _connection.Now + LingerTime;
        _handshakeDue = _goAwayDue = Never;
        Arm(_lingerDue);
    }

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
                return;
            }

            Arm(_lingerDue);
            return;
        }

        Look(now);
        if (!_connection.IsDead)
        {
            Arm(NextDue());
        }
    }

    private void Look(long now)
    {
        if (now >= _handshakeDue)
        {
            _connection.OnSlowHandshake();
        }
        else if (now >= After(_connection.UnfinishedSince, _options.HandshakeTimeout))
        {
            _connection.OnSlowFrame();
        }
        else if (now >= _goAwayDue)
        {
            _connection.Departure.OnStepDue();
        }
        else if (now >= _stallDue)
        {
            LookForStalls(now);
        }
        else if (now >= IdleDue())
        {
            _connection.GoAway();
        }
        else if (now >= KeepAliveDue())
        {
            KeepAlive(now);
        }
    }

    private void KeepAlive(long now)
    {
        if (!_connection.IsClient && _connection.Sender.Stalls.IsUnread)
        {
            // It would not see the PING before it has read what stands before it, for which it has StallTimeout.
            _isProbed = false;
            _lastPing = now;
        }
        else if (_isProbed)
        {
            _connection.OnSilentPeer();
        }
        else
        {
            _isProbed = true;
            _probedAt = now;
            if (!MayPing(now) && _connection.Receiver.Windows.TryProbe())
            {
                return;
            }

            _heardSincePing = false;
            _lastPing = now;
            _connection.SendKeepAlive();
        }
    }

    /// <summary>Clients forbid no PINGs; and where a server's streams are not silent it begins to count anew.</summary>
    private bool MayPing(long now) => !_connection.IsClient || _heardSincePing || now >= _lastPing + QuietInterval;

    private void LookForStalls(long now)
    {
        _stallDue = Never;
        var oldest = _connection.Sender.Stalls.End(now - _options.StallTimeout.Ticks);
        if (!_connection.IsDead)
        {
            _stallDue = After(oldest, _options.StallTimeout);
        }
    }

    private long NextDue() => Math.Min(
        Math.Min(Math.Min(_handshakeDue, _goAwayDue), Math.Min(_stallDue, IdleDue())),
        Math.Min(After(_connection.UnfinishedSince, _options.HandshakeTimeout), KeepAliveDue()));

    /// <summary>Before the handshake is through there is a shorter time; once we go away there is nothing left to decide.</summary>
    private long IdleDue() => _connection.OpenStreams == 0 && _connection.IsReady && !_connection.Departure.IsOurs
        ? After(_idleSince, _options.IdleTimeout)
        : Never;

    private long KeepAliveDue()
    {
        if (!_connection.IsReady || _options.KeepAliveInterval <= TimeSpan.Zero)
        {
            return Never;
        }

        // Whatever comes in is as good as the answer.
        if (_isProbed)
        {
            return After(_probedAt, _options.KeepAliveTimeout);
        }

        if (_connection.OpenStreams == 0)
        {
            return Never;
        }

        var quiet = Math.Max(_lastReceived, _waitingSince) + _options.KeepAliveInterval.Ticks;
        if (!_connection.IsClient)
        {
            return Math.Max(quiet, _lastPing + _options.KeepAliveInterval.Ticks);
        }

        var due = _heardSincePing ? quiet : Math.Max(quiet, _lastPing + QuietInterval);
        return Math.Min(due, After(_askedSince, _options.KeepAliveInterval / 2));
    }

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
