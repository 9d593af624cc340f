using Mesh.Policy.Counting;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Breaking;

/// <summary>
/// Keeps calls away from one endpoint after failures (Nygard, "Release It!", 2007), as long as the service can spare it
/// (<see cref="EjectionShare"/>). Lives as long as the endpoint's identity and is shared by all event loops.
/// <code>
///   failures in a row, their rate, or an outlier        open time over: exactly Probes calls
///  CLOSED ───────────────────────────────────► OPEN ───────────────────────────────────────► HALF_OPEN
///    ▲                                          ▲  one probe fails: open again, for longer       │
///    │                                          └────────────────────────────────────────────────┤
///    └───────────────────────── all probes succeed ──────────────────────────────────────────────┘
/// </code>
/// Whoever got true from <see cref="TryAcquire"/> reports with the same probe: success, failure or abandoned, as soon as it
/// is clear (a probe: at its response head). A probe that does not report within the open time no longer holds its place.
/// </summary>
/// <remarks>
/// Closed, the common state, is lock-free: acquiring reads one field, a success writes nothing unless there are failures
/// to forget. The lock guards changes of state and the probes' slots, both rare; several fields change together there
/// and the slots have to be exact, which is not worth a lock-free protocol.
/// </remarks>
public sealed class CircuitBreaker
{
    private readonly Lock _gate = new();
    private readonly EjectionShare? _share;
    private readonly Action<CircuitChange>? _onChange;
    private volatile BreakerOptions _options;
    private volatile SlidingCounter? _window;
    private volatile BreakerState _state;
    private volatile bool _isRetired;
    private ProbeSlots _probes = new(0);
    private int _lastProbe;
    private int _firstProbeOfRound;
    private int _probesSucceeded;
    private int _failuresInRow;
    private int _reopened;
    private long _nextProbeAt;
    private long _openUntil;
    private long _openedAt;
    private long _closedAt = long.MinValue;
    private long _overflowedUntil = long.MinValue;
    private long _opened;
    private long _closed;
    private long _overflows;
    private long _ejected;

    /// <summary>A closed breaker.</summary>
    /// <param name="options">When it opens.</param>
    /// <param name="share">Of its service; null: it may always open.</param>
    /// <param name="onChange">Told of what becomes of it, on the thread that brought it about; must not block or throw.</param>
    public CircuitBreaker(BreakerOptions options, EjectionShare? share = null, Action<CircuitChange>? onChange = null)
    {
        _options = options;
        _share = share;
        _onChange = onChange;
        _window = WindowFor(options);
    }

    /// <summary>The options in force.</summary>
    public BreakerOptions Options => _options;

    /// <summary>The moment at which it becomes half open, in ticks; meaningful unless closed.</summary>
    public long OpenUntil => Volatile.Read(ref _openUntil);

    /// <summary>How many times it has opened since it was made.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>How many times it has closed since it was made.</summary>
    public long Closed => Volatile.Read(ref _closed);

    /// <summary>How many times it would have opened, had its service been able to spare the endpoint.</summary>
    public long Overflows => Volatile.Read(ref _overflows);

    /// <summary>How many times it has opened since its endpoint did worse than others.</summary>
    public long Ejected => Volatile.Read(ref _ejected);

    /// <summary>Whether every call passes; false from the first opening until all probes succeeded.</summary>
    public bool IsClosed => _state == BreakerState.Closed;

    /// <summary>Takes new options; an open breaker stays open until the moment set when it opened.</summary>
    public void Configure(BreakerOptions options, long now)
    {
        lock (_gate)
        {
            if (options.Window != _options.Window || options.FailureRatePercent > 0 != _options.FailureRatePercent > 0)
            {
                _window = WindowFor(options);
            }

            _options = options;

            if (_state != BreakerState.Closed && !options.Enabled)
            {
                Close(now, CircuitChangeKind.Readmitted);
            }
            else if (_state == BreakerState.HalfOpen && _probesSucceeded >= options.Probes)
            {
                // With fewer probes asked for, those that succeeded may suffice already, and no further one would come.
                Close(now, CircuitChangeKind.Closed);
            }
            else if (_state == BreakerState.HalfOpen && _probes.Count != options.Probes)
            {
                BeginRound();
            }
        }
    }

    /// <summary>Closes it without a probe: its service can no longer spare the endpoint.</summary>
    public void Readmit(long now)
    {
        lock (_gate)
        {
            if (_state != BreakerState.Closed)
            {
                Close(now, CircuitChangeKind.Readmitted);
            }
        }
    }

    /// <summary>
    /// Its endpoint does worse than others: it opens for a time, if its service can spare the endpoint, and comes back by probes as after
    /// failures.
    /// </summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="ticks">How long.</param>
    /// <param name="outlier">By what, for people.</param>
    /// <returns>Whether it was closed and has opened.</returns>
    public bool Eject(long now, long ticks, in Outlier outlier)
    {
        lock (_gate)
        {
            var overflow = new CircuitChange(CircuitChangeKind.Overflowed, 0, default, ticks) { Outlier = outlier };
            if (_state != BreakerState.Closed || _isRetired || !TryTakePlace(now, ticks, overflow))
            {
                return false;
            }

            _ejected++;
            OpenUntilThen(now + ticks);
            _share?.OnChanged();
            _onChange?.Invoke(new CircuitChange(CircuitChangeKind.Opened, 0, default, ticks) { Outlier = outlier });
            return true;
        }
    }

    /// <summary>The endpoint is gone: what it holds of its service's share is given back, and it never opens again.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            if (_state != BreakerState.Closed)
            {
                _state = BreakerState.Closed;
                _share?.Release();
            }
        }
    }

    /// <summary>Whether <see cref="TryAcquire"/> would say no; changes nothing.</summary>
    public bool WouldReject(long now)
    {
        var state = _state;
        return state != BreakerState.Closed
            && now < (state == BreakerState.Open ? OpenUntil : Volatile.Read(ref _nextProbeAt));
    }

    /// <summary>Asks for one call to pass.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="probe">The number of the probe that the call is, to be handed back with its result; 0 if it is none.</param>
    public bool TryAcquire(long now, out int probe)
    {
        probe = 0;
        if (_state == BreakerState.Closed)
        {
            return true;
        }

        if (WouldReject(now))
        {
            return false;
        }

        lock (_gate)
        {
            if (_state == BreakerState.Open && now >= _openUntil)
            {
                _state = BreakerState.HalfOpen;
                BeginRound();
            }

            if (_state == BreakerState.HalfOpen && _probes.TakenAt(now) + _probesSucceeded < _options.Probes)
            {
                probe = ++_lastProbe;
                _probes.Take(probe, now, now + _options.Open.Ticks);
                SetNextProbe(now);
                return true;
            }

            return _state == BreakerState.Closed;
        }
    }

    /// <summary>A call succeeded.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="probe">As <see cref="TryAcquire"/> said.</param>
    /// <param name="started">When the call began, if known: one from before the breaker last closed says nothing.</param>
    public void OnSuccess(long now, int probe, long started = long.MaxValue)
    {
        if (probe != 0)
        {
            OnProbeSuccess(now, probe);
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
    /// <param name="probe">As <see cref="TryAcquire"/> said.</param>
    /// <param name="rng">Decides the jitter, if it opens.</param>
    /// <param name="started">When the call began, if known: one from before the breaker last closed says nothing.</param>
    /// <param name="cause">The failure, for people.</param>
    public void OnFailure(long now, int probe, ref Rng rng, long started = long.MaxValue, Outcome cause = default)
    {
        if (probe != 0)
        {
            OnProbeFailure(now, probe, ref rng, cause);
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

        if (_share is { HasRoom: false } && now < Volatile.Read(ref _overflowedUntil))
        {
            return; // every failure of an endpoint that stays in comes here: the lock is not for these
        }

        lock (_gate)
        {
            if (_state == BreakerState.Closed && !_isRetired)
            {
                OpenOrOverflow(now, inRow, ref rng, cause);
            }
        }
    }

    /// <summary>A call ended without saying anything of the endpoint (its caller gave up): a probe's slot is free again.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="probe">As <see cref="TryAcquire"/> said.</param>
    public void OnAbandoned(long now, int probe)
    {
        if (probe == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (IsOfThisRound(probe))
            {
                _probes.Free(probe);
                SetNextProbe(now);
            }
        }
    }

    /// <summary>How it stands; once the open time is over it counts as half open, though no probe has come yet.</summary>
    public BreakerState StateAt(long now)
    {
        var state = _state;
        return state == BreakerState.Open && now >= OpenUntil ? BreakerState.HalfOpen : state;
    }

    // A result of a call that is no probe and comes while open or half open belongs to a call from before it opened, or to
    // one that was let through because there was nobody else.
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

    private void OnProbeSuccess(long now, int probe)
    {
        lock (_gate)
        {
            if (!IsOfThisRound(probe))
            {
                return;
            }

            // One whose time was over has lost its slot, and still says what it says.
            _probes.Free(probe);
            _probesSucceeded++;
            if (_probesSucceeded >= _options.Probes)
            {
                Close(now, CircuitChangeKind.Closed);
            }
            else
            {
                SetNextProbe(now);
            }
        }
    }

    private void OnProbeFailure(long now, int probe, ref Rng rng, in Outcome cause)
    {
        lock (_gate)
        {
            if (IsOfThisRound(probe))
            {
                _reopened++;
                Open(now, ref rng);
                _onChange?.Invoke(new CircuitChange(CircuitChangeKind.Reopened, _failuresInRow, cause, _openUntil - now));
            }
        }
    }

    private bool IsOfThisRound(int probe) => _state == BreakerState.HalfOpen && probe >= _firstProbeOfRound;

    private void BeginRound()
    {
        _firstProbeOfRound = _lastProbe + 1;
        _probesSucceeded = 0;
        if (_probes.Count != _options.Probes)
        {
            _probes = new ProbeSlots(_options.Probes);
        }

        _probes.Clear();
        Volatile.Write(ref _nextProbeAt, long.MinValue);
    }

    private void SetNextProbe(long now) => Volatile.Write(
        ref _nextProbeAt,
        _probes.TakenAt(now) + _probesSucceeded < _options.Probes ? long.MinValue : _probes.FirstExpiry);

    private void OpenOrOverflow(long now, int failures, ref Rng rng, in Outcome cause)
    {
        var ticks = _options.Open.Ticks;
        if (!TryTakePlace(now, ticks, new CircuitChange(CircuitChangeKind.Overflowed, failures, cause, ticks)))
        {
            return;
        }

        Open(now, ref rng);
        _share?.OnChanged();
        _onChange?.Invoke(new CircuitChange(CircuitChangeKind.Opened, failures, cause, _openUntil - now));
    }

    private bool TryTakePlace(long now, long ticks, in CircuitChange overflow)
    {
        if (_share is not { } share || share.TryTake())
        {
            _reopened = 0;
            _openedAt = now;
            return true;
        }

        if (now >= _overflowedUntil)
        {
            // It would be out for so long; then it is to be said again.
            Volatile.Write(ref _overflowedUntil, now + ticks);
            _overflows++;
            _onChange?.Invoke(overflow);
        }

        return false;
    }

    private void Open(long now, ref Rng rng)
    {
        var options = _options;
        var ticks = options.Open.Ticks * Math.Pow(options.Growth, _reopened) * (1 + (options.Jitter * rng.NextDouble()));

        OpenUntilThen(now + (long)Math.Min(ticks, options.MaxOpen.Ticks));
    }

    private void OpenUntilThen(long then)
    {
        // Set before the state: a reader that sees the state open must see until when.
        Volatile.Write(ref _openUntil, then);
        _opened++;
        _state = BreakerState.Open;
    }

    private void Close(long now, CircuitChangeKind kind)
    {
        Volatile.Write(ref _closedAt, now);
        Volatile.Write(ref _failuresInRow, 0);
        Volatile.Write(ref _overflowedUntil, long.MinValue);

        // What failed before it opened must not open it again.
        _window = WindowFor(_options);
        _closed++;
        _state = BreakerState.Closed;
        _share?.Release();
        _onChange?.Invoke(new CircuitChange(kind, 0, default, now - _openedAt));
    }

    private static SlidingCounter? WindowFor(BreakerOptions options)
        => options.FailureRatePercent > 0 ? new SlidingCounter(options.Window) : null;
}
