using Mesh.Policy.Counting;

namespace Mesh.Policy.Retrying;

/// <summary>
/// How much a service may be retried, so that one which fails entirely is not buried under retries: over the last ten
/// seconds at most a share of the requests plus a few a second (the budget of Finagle and Linkerd). What is not used
/// within ten seconds is gone, so a quiet hour saves nothing up. One per service and sidecar, shared by all event loops.
/// </summary>
/// <remarks>
/// Counting a request is lock-free. Taking a retry locks: it is rare, and between reading the balance and writing it
/// nobody else may take the last one.
/// </remarks>
public sealed class RetryBudget(int percent, int minPerSecond)
{
    private const int WindowSeconds = 10;

    private readonly Lock _gate = new();
    private readonly SlidingCounter _counts = new(TimeSpan.FromSeconds(WindowSeconds));

    /// <summary>A call begins (not a retry of one).</summary>
    public void OnRequest(long now) => _counts.Add(now, 1, 0);

    /// <summary>Takes one retry, or says no.</summary>
    public bool TryTake(long now)
    {
        lock (_gate)
        {
            if (Available(now) < 1)
            {
                return false;
            }

            _counts.Add(now, 0, 1);
            return true;
        }
    }

    /// <summary>Retries that could be taken now.</summary>
    public double Available(long now)
    {
        _counts.Sum(now, out var requests, out var retries);
        return (requests * percent / 100.0) + (minPerSecond * WindowSeconds) - retries;
    }
}
