
namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>The calls of one method of one service, as one loop has seen them. Written by that loop, read by anybody.</summary>
/// <param name="service">The service called.</param>
/// <param name="method">Its method.</param>
/// <param name="owner">Of whose service they are a part; null if that does not matter.</param>
/// <param name="loop">The number of the loop.</param>
internal sealed class MethodStatistics(string service, string method, ClusterStatistics? owner = null, int loop = 0)
{
    private readonly CallHistogram?[] _codes = new CallHistogram?[CallCode.Count];

    public string Service { get; } = service;

    /// <summary>"pkg.Service/Method", or "_OTHER" for those beyond the bound.</summary>
    public string Method { get; } = method;

    /// <summary>When it was last called, in the loops' ticks. Under its writer.</summary>
    public long LastCalled { get; set; }

    /// <summary>The calls that ended with a <see cref="CallCode"/>; null if none has.</summary>
    public CallHistogram? this[int code] => Volatile.Read(ref _codes[code]);

    /// <summary>A call is over. On the loop's thread only.</summary>
    /// <param name="code">How it ended.</param>
    /// <param name="ticks">How long it took.</param>
    /// <param name="isRateLimited">It was refused since there were too many.</param>
    public void Record(int code, long ticks, bool isRateLimited = false)
    {
        var histogram = _codes[code];
        if (histogram is null)
        {
            histogram = new CallHistogram();
            Volatile.Write(ref _codes[code], histogram);
        }

        histogram.Observe(ticks);
        owner?.Observation?.Record(loop, code, ticks, isRateLimited);
    }
}
