using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Health;

/// <summary>
/// Looks after the app beside the sidecar: checks it for as long as it runs and says how it stands. <see cref="RunAsync"/>
/// runs once; the rest may be called from any thread.
/// </summary>
internal sealed class HealthMonitor
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    public const int HealthyThreshold = 1;
    public const int UnhealthyThreshold = 3;

    /// <summary>Between two checks that calls have asked for.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    /// <summary>What a registry takes as a reason is longer; what a person reads is not.</summary>
    private const int LongestReason = 300;

    private readonly HealthOption _option;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly TimeSpan _interval;
    private readonly TaskCompletionSource _firstSuccess = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _suspicion = new(0);
    private volatile AppHealth _current;
    private volatile HealthOption _inForce;
    private int _isSuspected;

    /// <param name="option">How it is checked.</param>
    /// <param name="app">Where it is.</param>
    /// <param name="random">For the jitter.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    /// <param name="interval">Between two checks, <see cref="Interval"/> unless given.</param>
    public HealthMonitor(HealthOption option, Endpoint app, Random random, TimeProvider time, Log log, TimeSpan? interval = null)
    {
        _option = option;
        App = app;
        _random = random;
        _time = time;
        _log = log;
        _interval = interval ?? Interval;
        _inForce = option;
        var isTrusted = option.Kind == HealthKind.None;
        _current = new AppHealth(isTrusted ? AppStatus.Healthy : AppStatus.Starting, isTrusted ? "" : "not checked yet", time.GetUtcNow());
        if (isTrusted)
        {
            _firstSuccess.SetResult();
        }
    }

    /// <summary>Where it is.</summary>
    public Endpoint App { get; }

    /// <summary>How it stands; one that is not checked counts as healthy.</summary>
    public AppHealth Current => _current;

    /// <summary>How it is checked at the moment.</summary>
    public HealthOption InForce => _inForce;

    /// <summary>Completes when it has been healthy for the first time.</summary>
    public Task FirstSuccess => _firstSuccess.Task;

    /// <summary>The status has changed. Raised on the thread of the check.</summary>
    public event Action? Changed;

    /// <summary>
    /// A call could not reach it, or has lost its connection: it is checked now and not when it is next due, and one failure is
    /// then enough.
    /// </summary>
    /// <param name="why">What the call has met.</param>
    public void Suspect(string why)
    {
        if (_current.Status == AppStatus.Healthy && Interlocked.Exchange(ref _isSuspected, 1) == 0)
        {
            _log.Debug($"the app at {App.Address} is checked: {why}");
            _suspicion.Release();
        }
    }

    /// <summary>Checks until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var probe = HealthProbe.Create(_option, App);
        if (probe is null)
        {
            return;
        }

        var decision = new HealthDecision(HealthyThreshold, UnhealthyThreshold, _interval);
        while (!stop.IsCancellationRequested)
        {
            var isSuspected = Volatile.Read(ref _isSuspected) == 1;
            var result = await CheckAsync(probe, stop);
            if (!stop.IsCancellationRequested)
            {
                _inForce = probe.InForce;
                Record(decision, result, isSuspected);
                if (isSuspected)
                {
                    Volatile.Write(ref _isSuspected, 0);
                    await Task.Delay(LeastPause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await PauseAsync(decision.NextPause(_random.NextDouble()), stop);
            }
        }
    }

    /// <summary>Until a check is due, or a call asks for one.</summary>
    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        using var due = new CancellationTokenSource(pause, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stop);
        await _suspicion.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<CheckResult> CheckAsync(HealthProbe probe, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await probe.CheckAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return CheckResult.Failed($"no answer within {DurationText.Format(Limit)}");
        }
    }

    private void Record(HealthDecision decision, CheckResult result, bool isSuspected)
    {
        var reason = OneLine(result.Reason);
        var before = _current;
        if (!decision.Record(result.IsHealthy, isSuspected))
        {
            // While it starts, or is sick, the newest reason is the one to read.
            if (before.Status != AppStatus.Healthy && before.Reason != reason && !result.IsHealthy)
            {
                _log.Info($"the app at {App.Address} is not healthy yet: {reason}");
                _current = before with { Reason = reason };
            }

            return;
        }

        _current = new AppHealth(decision.Status, reason, _time.GetUtcNow());
        if (decision.Status == AppStatus.Healthy)
        {
            _log.Info($"the app at {App.Address} is healthy, by {_inForce.Kind.ToString().ToLowerInvariant()}");
            _firstSuccess.TrySetResult();
        }
        else
        {
            _log.Warn($"the app at {App.Address} is unhealthy: {reason}");
        }

        Changed?.Invoke();
    }

    /// <summary>A registry refuses what is not for printing.</summary>
    private static string OneLine(string reason) => PrintableText.Of(reason, LongestReason);
}
