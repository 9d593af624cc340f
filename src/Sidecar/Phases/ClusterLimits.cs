using Mesh.Policy.Limiting;

namespace Mesh.Sidecar.Phases;

/// <summary>What may be under way to one service, over all loops and snapshots. Any thread.</summary>
internal sealed class ClusterLimits(LimitOptions options)
{
    private readonly ConcurrencyLimit _requests = new(AdaptiveOf(options)?.Current ?? options.MaxConcurrentRequests);
    private readonly ConcurrencyLimit _pending = new(options.MaxPendingRequests);
    private volatile GradientLimit? _adaptive = AdaptiveOf(options);

    /// <summary>Calls under way.</summary>
    public int Requests => _requests.Current;

    /// <summary>Attempts that wait for a connection.</summary>
    public int Pending => _pending.Current;

    public int MaxRequests => _requests.Max;

    public int MaxPending => _pending.Max;

    public void Configure(LimitOptions options)
    {
        _pending.Max = options.MaxPendingRequests;
        var adaptive = _adaptive;
        if (options.Adaptive is null || options.Adaptive != adaptive?.Options || options.MaxConcurrentRequests != adaptive.Max)
        {
            _adaptive = adaptive = AdaptiveOf(options);
        }

        _requests.Max = adaptive?.Current ?? options.MaxConcurrentRequests;
    }

    /// <summary>A call is over that the service has answered, or kept for too long: where the limit is adaptive, it follows.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="ticks">How long it took.</param>
    public void Observe(long now, long ticks)
    {
        if (_adaptive is { } adaptive && adaptive.Observe(now, ticks, Requests))
        {
            _requests.Max = adaptive.Current;
        }
    }

    public bool TryEnter() => _requests.TryEnter();

    public void Exit() => _requests.Exit();

    public bool TryWait() => _pending.TryEnter();

    public void StopWaiting() => _pending.Exit();

    private static GradientLimit? AdaptiveOf(LimitOptions options) =>
        options.Adaptive is { } adaptive ? new GradientLimit(adaptive, options.MaxConcurrentRequests) : null;
}
