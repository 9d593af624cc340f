using System.Collections.Concurrent;

namespace Mesh.Integration.Processes;

/// <summary>What one echo server was asked. Any thread.</summary>
public sealed class EchoCounts
{
    private readonly ConcurrentDictionary<string, int> _byKey = new();
    private int _calls;
    private int _underWay;
    private int _mostUnderWay;
    private int _cancelled;

    /// <summary>Calls that came in, of whatever shape.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Most calls at once.</summary>
    public int MostUnderWay => Volatile.Read(ref _mostUnderWay);

    /// <summary>Calls whose cancellation reached the service.</summary>
    public int Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Calls whose behaviour had this key.</summary>
    public int Of(string key) => _byKey.GetValueOrDefault(key);

    internal int CountKey(string key) => _byKey.AddOrUpdate(key, 1, (_, count) => count + 1);

    internal void Begin()
    {
        Interlocked.Increment(ref _calls);
        var now = Interlocked.Increment(ref _underWay);
        int most;
        while (now > (most = Volatile.Read(ref _mostUnderWay)) && Interlocked.CompareExchange(ref _mostUnderWay, now, most) != most)
        {
        }
    }

    internal void End(bool cancelled)
    {
        // Whoever sees no call under way sees all that were cancelled.
        if (cancelled)
        {
            Interlocked.Increment(ref _cancelled);
        }

        Interlocked.Decrement(ref _underWay);
    }
}
