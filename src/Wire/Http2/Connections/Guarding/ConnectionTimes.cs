using Mesh.Wire.Streams;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Http2.Connections.Guarding;

/// <summary>
/// When what happened last on a connection, and so for what its time runs out next: the handshake, the rest of a frame or header
/// block, the answer to a keep-alive PING or its like or to that of a graceful GOAWAY, the peer's taking of what we send and reading
/// of our last words, and the next stream. All on one timer, which is set again only when it fires: traffic does not touch the
/// wheel. It only tells; what is done about it is for its connection.
/// </summary>
internal sealed class ConnectionTimes
{
    /// <summary>A peer that does not read our last words in this time, or close when it has, has no use for them.</summary>
    private static readonly long LingerTime = TimeSpan.FromSeconds(5).Ticks;

    /// <summary>
    /// Between PINGs while nothing else comes in. gRPC's servers take more than two in five minutes on silent streams for
    /// an attack and close the connection (gRFC A8), so that only the first comes after the short interval.
    /// </summary>
    private static readonly long QuietInterval = TimeSpan.FromMinutes(5).Ticks + TimeSpan.FromSeconds(10).Ticks;

    private const long Never = long.MaxValue;

    private readonly MessageConnection _connection;
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

    /// <summary>Something but answers to our PINGs has come in since the last of them.</summary>
    private bool _heardSincePing = true;
    private bool _isReady;
    private bool _isBusy;
    private bool _isLeaving;

    /// <param name="connection">Whose.</param>
    /// <param name="options">The limits.</param>
    /// <param name="target">Is told when something is due.</param>
    public ConnectionTimes(MessageConnection connection, WireOptions options, ITimerTarget target)
    {
        _connection = connection;
        _options = options;
        _timer = new LoopTimer(target);
        _lastReceived = _idleSince = connection.Now;
        _lastPing = _lastReceived - QuietInterval;
        _handshakeDue = After(_lastReceived, options.HandshakeTimeout);
        Arm(_handshakeDue);
    }

    /// <summary>The peer was asked whether it is there, and nothing has come in since.</summary>
    public bool IsProbed { get; private set; }

    /// <summary>The peer has shown its preface and SETTINGS.</summary>
    public void OnHandshakeDone()
    {
        _isReady = true;
        _handshakeDue = Never;
        Arm(KeepAliveDue());
        Arm(IdleDue());
    }

    /// <summary>A read begins to be taken in: whatever it leads to comes after it.</summary>
    public void OnReceiving() => _askedSince = Never;

    /// <summary>A read has been taken in whole.</summary>
    /// <param name="unfinishedSince">Since when a frame or header block waits for its rest; the largest value if none does.</param>
    public void OnReceived(long unfinishedSince)
    {
        _lastReceived = _connection.Now;
        IsProbed = false;
        Arm(After(unfinishedSince, _options.HandshakeTimeout));
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
        _isBusy = true;
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
        _isBusy = false;
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

    /// <summary>What waits is looked at.</summary>
    /// <returns>What has waited since then or longer has waited too long.</returns>
    public long OnStallsLookedAt(long now)
    {
        _stallDue = Never;
        return now - _options.StallTimeout.Ticks;
    }

    /// <summary>All that has waited too long is gone.</summary>
    /// <param name="oldest">Since when the one has waited that has waited longest of the rest; the largest value if none does.</param>
    public void OnStallsLeft(long oldest) => _stallDue = After(oldest, _options.StallTimeout);

    /// <summary>We have said that we go away: nothing is left to decide but the streams there are.</summary>
    public void OnLeaving() => _isLeaving = true;

    /// <summary>The first step of a graceful GOAWAY: the second must not depend on the peer's answer.</summary>
    public void OnGoAwayPing() => Arm(_goAwayDue = _connection.Now + LingerTime);

    public void OnGoAwayDone() => _goAwayDue = Never;

    /// <summary>The peer is asked whether it is there.</summary>
    public void OnProbe(long now)
    {
        IsProbed = true;
        _probedAt = now;
    }

    /// <summary>It is asked by a PING.</summary>
    public void OnPing(long now)
    {
        _heardSincePing = false;
        _lastPing = now;
    }

    /// <summary>It cannot be asked now; another time.</summary>
    public void OnProbePutOff(long now)
    {
        IsProbed = false;
        _lastPing = now;
    }

    /// <summary>Clients forbid no PINGs; and where a server's streams are not silent it begins to count anew.</summary>
    public bool MayPing(long now) => !_connection.IsClient || _heardSincePing || now >= _lastPing + QuietInterval;

    /// <summary>
    /// The connection has ended in good order, with the last answer perhaps still to be read: for that its peer has the time that it has
    /// for any other.
    /// </summary>
    public void OnOver() => _handshakeDue = _goAwayDue = Never;

    /// <summary>All that will be said is with the kernel.</summary>
    public void OnLastWord()
    {
        if (_lingerDue == Never)
        {
            Arm(_lingerDue = _connection.Now + LingerTime);
        }
    }

    /// <summary>The connection has died of a fault: whether its peer reads what is left is not waited for.</summary>
    public void OnDead()
    {
        _lingerDue = _connection.Now + LingerTime;
        _handshakeDue = _goAwayDue = Never;
        Arm(_lingerDue);
    }

    /// <summary>The timer has fired.</summary>
    /// <param name="now">The loop's time.</param>
    /// <param name="unfinishedSince">As above.</param>
    public Due OnTimer(long now, long unfinishedSince)
    {
        _armedFor = Never;
        return _connection.IsDead switch
        {
            true when now >= _lingerDue => Due.Linger,
            true => now >= _stallDue ? Due.Stalls : Due.Nothing,
            _ when now >= _handshakeDue => Due.Handshake,
            _ when now >= After(unfinishedSince, _options.HandshakeTimeout) => Due.Frame,
            _ when now >= _goAwayDue => Due.GoAwayStep,
            _ when now >= _stallDue => Due.Stalls,
            _ when now >= IdleDue() => Due.Idle,
            _ when now >= KeepAliveDue() => Due.KeepAlive,
            _ => Due.Nothing,
        };
    }

    /// <summary>What was due is done: the timer is set for what is next.</summary>
    public void ArmNext(long unfinishedSince) => Arm(
        _connection.IsDead
            ? Math.Min(_lingerDue, _stallDue)
            : Math.Min(
                Math.Min(Math.Min(_handshakeDue, _goAwayDue), Math.Min(_stallDue, IdleDue())),
                Math.Min(After(unfinishedSince, _options.HandshakeTimeout), KeepAliveDue())));

    public void Cancel() => _timer.Cancel();

    /// <summary>Before the handshake is through there is a shorter time; once we go away there is nothing left to decide.</summary>
    private long IdleDue() => !_isBusy && _isReady && !_connection.IsDead && !_isLeaving ? After(_idleSince, _options.IdleTimeout) : Never;

    private long KeepAliveDue()
    {
        if (!_isReady || _connection.IsDead || _options.KeepAliveInterval <= TimeSpan.Zero)
        {
            return Never;
        }

        // Whatever comes in is as good as the answer.
        if (IsProbed)
        {
            return After(_probedAt, _options.KeepAliveTimeout);
        }

        if (!_isBusy)
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
