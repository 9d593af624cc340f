using Mesh.Policy.Counting;

namespace Mesh.Policy.Breaking;

/// <summary>
/// Keeps calls away from one endpoint after failures (Nygard, "Release It!", 2007). Lives as long as the endpoint's
/// identity and is shared by all event loops.
/// <code>
///           failures in a row, or their rate            open time over: exactly Probes calls
///  CLOSED ───────────────────────────────────► OPEN ───────────────────────────────────────► HALF_OPEN
///    ▲                                          ▲  one probe fails: open again, for longer       │
///    │                                          └────────────────────────────────────────────────┤
///    └───────────────────────── all probes succeed ──────────────────────────────────────────────┘
/// </code>
/// Whoever got true from <see cref="TryAcquire"/> reports exactly once, with the same isProbe: success, failure or
/// abandoned, as soon as it is clear (of a long stream: at its response head).
/// </summary>
/// <remarks>
/// Closed, the common state, is lock-free: acquiring reads one field, a success writes nothing unless there are failures
/// to forget. The lock guards changes of state and the probes' slots, both rare; several fields change together there
/// and the slots have to be exact, which is not worth a lock-free protocol.
/// </remarks>
public sealed class CircuitBreaker
{
    private readonly Lock _gate = new();
    private volatile BreakerOptions _options;
    private volatile SlidingCounter? _window;
    private volatile BreakerState _state;
    private volatile int _probesOut;
    private volatile int _probesSucceeded;
    private int _failuresInRow;
    private int _reopened;
    private long _openUntil;
    private long _closedAt = long.MinValue;
    private long _opened;

    /// <summary>A closed breaker.</summary>
    public CircuitBreaker(BreakerOptions options)
    {
        _options = options;
        _window = WindowFor(options);
    }

    /// <summary>The options in force.</summary>
    public BreakerOptions Options => _options;

    /// <summary>The moment at which it becomes half open, in ticks; meaningful unless closed.</summary>
    public long OpenUntil => Volatile.Read(ref _openUntil);

    /// <summary>How many times it has opened since it was made.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Whether every call passes; false from the first opening until all probes succeeded.</summary>
    internal bool IsClosed => _state == BreakerState.Closed;

    /// <summary>Takes new options; an open breaker stays open until the moment set when it opened.</summary>
    public void Configure(BreakerOptions options)
    {
        lock (_gate)
        {
            if (options.Window != _options.Window || options.FailureRatePercent > 0 != _options.FailureRatePercent > 0)
            {
                _window = WindowFor(options);
            }

            _options = options;

            // With fewer probes asked for, those that succeeded may suffice already, and no further one would come.
            if (_state == BreakerState.HalfOpen && _probesSucceeded >= options.Probes)
            {
                Close(_openUntil);
            }
        }
    }

    /// <summary>Whether <see cref="TryAcquire"/> would say no; changes nothing.</summary>
    public bool WouldReject(long now)
    {
        var state = _state;
        if (state == BreakerState.Closed)
        {
            return false;
        }

        var options = _options;
        if (!options.Enabled)
        {
            return false;
        }

        return state == BreakerState.Open
            ? now < OpenUntil || _probesOut > 0
            : _probesOut + _probesSucceeded >= options.Probes;
    }

    /// <summary>Asks for one call to pass.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="isProbe">Whether the call is a probe; to be handed back with its result.</param>
    public bool TryAcquire(long now, out bool isProbe)
    {
        isProbe = false;
        if (_state == BreakerState.Closed || !_options.Enabled)
        {
            return true;
        }

        if (WouldReject(now))
        {
            return false;
        }

        lock (_gate)
        {
            // Probes of the last round that are still under way cannot be told from those of a new one, so a new round
            // waits for them.
            if (_state == BreakerState.Open && now >= _openUntil && _probesOut == 0)
            {
                _state = BreakerState.HalfOpen;
                _probesSucceeded = 0;
            }

            if (_state == BreakerState.HalfOpen && _probesOut + _probesSucceeded < _options.Probes)
            {
                _probesOut++;
                isProbe = true;
                return true;
            }

            return _state == BreakerState.Closed;
        }
    }

    /// <summary>A call succeeded.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="isProbe">As <see cref="TryAcquire"/> said.</param>
    /// <param name="started">When the call began, if known: one from before the breaker last closed says nothing.</param>
    public void OnSuccess(long now, bool isProbe, long started = long.MaxValue)
    {
        if (isProbe)
        {
            OnProbeSuccess(now);
            return;
        }

        if (!Counts(started))
        {
            return;
        }

        if (Volatile.Read(ref _failuresInRow) != 0)
        {
            Volatile.Write(ref _failuresInRow, 0);
        }

        _window?.Add(now, 1, 0);
    }

    /// <summary>A call failed in a way that counts against the endpoint.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="isProbe">As <see cref="TryAcquire"/> said.</param>
    /// <param name="rng">Decides the jitter, if it opens.</param>
    /// <param name="started">When the call began, if known: one from before the breaker last closed says nothing.</param>
    public void OnFailure(long now, bool isProbe, ref Rng rng, long started = long.MaxValue)
    {
        if (isProbe)
        {
            OnProbeFailure(now, ref rng);
            return;
        }

        var options = _options;
        if (!options.Enabled || !Counts(started))
        {
            return;
        }

        var inRow = Interlocked.Increment(ref _failuresInRow);
        _window?.Add(now, 1, 1);
        if (inRow < options.ConsecutiveFailures && !RateExceeded(now, options))
        {
            return;
        }

        lock (_gate)
        {
            if (_state == BreakerState.Closed)
            {
                _reopened = 0;
                Open(now, ref rng);
            }
        }
    }

    /// <summary>A call ended without saying anything of the endpoint (its caller gave up): a probe's slot is free again.</summary>
    public void OnAbandoned(bool isProbe)
    {
        if (!isProbe)
        {
            return;
        }

        lock (_gate)
        {
            GiveSlotBack();
        }
    }

    /// <summary>How it stands; once the open time is over it counts as half open, though no probe has come yet.</summary>
    public BreakerState StateAt(long now)
    {
        var state = _state;
        if (!_options.Enabled)
        {
            return BreakerState.Closed;
        }

        return state == BreakerState.Open && now >= OpenUntil ? BreakerState.HalfOpen : state;
    }

    // A result of a call that is no probe and comes while open or half open belongs to a call from before it opened.
    private bool Counts(long started) => _state == BreakerState.Closed && started >= Volatile.Read(ref _closedAt);

    private bool RateExceeded(long now, BreakerOptions options)
    {
        if (options.FailureRatePercent <= 0 || _window is not { } window)
        {
            return false;
        }

        window.Sum(now, out var requests, out var failures);
        return requests >= options.MinRequests && failures * 100 >= requests * options.FailureRatePercent;
    }

    private void OnProbeSuccess(long now)
    {
        lock (_gate)
        {
            GiveSlotBack();
            if (_state != BreakerState.HalfOpen)
            {
                return;
            }

            _probesSucceeded++;
            if (_probesSucceeded >= _options.Probes)
            {
                Close(now);
            }
        }
    }

    private void OnProbeFailure(long now, ref Rng rng)
    {
        lock (_gate)
        {
            GiveSlotBack();
            if (_state == BreakerState.HalfOpen)
            {
                _reopened++;
                Open(now, ref rng);
            }
        }
    }

    private void GiveSlotBack() => _probesOut = Math.Max(_probesOut - 1, 0);

    private void Open(long now, ref Rng rng)
    {
        var options = _options;
        var ticks = options.Open.Ticks * Math.Pow(options.Growth, _reopened) * (1 + (options.Jitter * rng.NextDouble()));

        // Set before the state: a reader that sees the state open must see until when.
        Volatile.Write(ref _openUntil, now + (long)Math.Min(ticks, options.MaxOpen.Ticks));
        _opened++;
        _state = BreakerState.Open;
    }

    private void Close(long now)
    {
        Volatile.Write(ref _closedAt, now);
        Volatile.Write(ref _failuresInRow, 0);

        // What failed before it opened must not open it again.
        _window = WindowFor(_options);
        _probesSucceeded = 0;
        _state = BreakerState.Closed;
    }

    private static SlidingCounter? WindowFor(BreakerOptions options)
        => options.FailureRatePercent > 0 ? new SlidingCounter(options.Window) : null;
}
