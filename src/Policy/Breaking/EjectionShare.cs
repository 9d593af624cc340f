namespace Mesh.Policy.Breaking;

/// <summary>
/// How many of a service's endpoints its breakers may keep out at once, and how many they do: the rule that a sidecar never
/// takes a service down itself (docs/adr/0013). One per service and sidecar, kept over snapshots, shared by all event loops;
/// nothing locks. A breaker takes a place before it opens and gives it back when it has closed.
/// </summary>
public sealed class EjectionShare
{
    private volatile int _limit;
    private volatile int _percent;
    private int _ejected;
    private long _version;

    /// <summary>Of a service with so many endpoints.</summary>
    /// <param name="endpoints">How many there are.</param>
    /// <param name="maxPercent"><see cref="BreakerOptions.MaxEjectionPercent"/>.</param>
    public EjectionShare(int endpoints, int maxPercent) => Configure(endpoints, maxPercent);

    /// <summary>Most endpoints that may be out.</summary>
    public int Limit => _limit;

    /// <summary>As configured.</summary>
    public int MaxPercent => _percent;

    /// <summary>Endpoints that are out, half-open ones included: all they get is probes.</summary>
    public int Ejected => Volatile.Read(ref _ejected);

    /// <summary>How many more are out than may be, since endpoints went away or the share was lowered.</summary>
    public int Excess => Math.Max(Ejected - _limit, 0);

    /// <summary>
    /// Whether circuits hold even where none is left closed: at 100 %, the classic breaker. Below it, whoever has nobody else
    /// to call calls an endpoint with an open circuit.
    /// </summary>
    public bool IsClassic => _percent >= 100;

    /// <summary>Whether another one may go.</summary>
    public bool HasRoom => Ejected < _limit;

    /// <summary>Moves with every change of a breaker or of the share, after it: whoever has seen it move counts anew.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Takes another number of endpoints or another percentage. What is out stays out; see <see cref="Excess"/>.</summary>
    public void Configure(int endpoints, int maxPercent)
    {
        _percent = maxPercent;
        _limit = IsClassic ? int.MaxValue : (int)((long)endpoints * maxPercent / 100);
        OnChanged();
    }

    /// <summary>Takes a place, or says no. <see cref="OnChanged"/> follows once the circuit is open.</summary>
    internal bool TryTake()
    {
        var seen = Ejected;
        while (seen < _limit)
        {
            var before = Interlocked.CompareExchange(ref _ejected, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Gives a place back, of a circuit that has closed.</summary>
    internal void Release()
    {
        Interlocked.Decrement(ref _ejected);
        OnChanged();
    }

    internal void OnChanged() => Interlocked.Increment(ref _version);
}
