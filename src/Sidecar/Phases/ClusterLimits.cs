using Mesh.Policy.Limiting;

namespace Mesh.Sidecar.Phases;

/// <summary>What may be under way to one service, over all loops and snapshots. Any thread.</summary>
internal sealed class ClusterLimits(LimitOptions options)
{
    private readonly ConcurrencyLimit _requests = new(options.MaxConcurrentRequests);
    private readonly ConcurrencyLimit _pending = new(options.MaxPendingRequests);

    /// <summary>Calls under way.</summary>
    public int Requests => _requests.Current;

    /// <summary>Attempts that wait for a connection.</summary>
    public int Pending => _pending.Current;

    public int MaxRequests => _requests.Max;

    public int MaxPending => _pending.Max;

    public void Configure(LimitOptions options)
    {
        _requests.Max = options.MaxConcurrentRequests;
        _pending.Max = options.MaxPendingRequests;
    }

    public bool TryEnter() => _requests.TryEnter();

    public void Exit() => _requests.Exit();

    public bool TryWait() => _pending.TryEnter();

    public void StopWaiting() => _pending.Exit();
}
