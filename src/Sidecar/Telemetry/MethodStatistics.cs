namespace Mesh.Sidecar.Telemetry;

/// <summary>The calls of one method of one service, as one loop has seen them. Written by that loop, read by anybody.</summary>
internal sealed class MethodStatistics(string service, string method)
{
    /// <summary>gRPC's codes 0 to 16, and one for calls that are not gRPC.</summary>
    public const int CodeCount = 18;

    /// <summary>Calls that are not gRPC.</summary>
    public const int NotGrpc = 17;

    private readonly CallHistogram?[] _codes = new CallHistogram?[CodeCount];

    public string Service { get; } = service;

    /// <summary>"pkg.Service/Method", or "_OTHER" for those beyond the bound.</summary>
    public string Method { get; } = method;

    /// <summary>The calls that ended with a code; null if none has.</summary>
    public CallHistogram? this[int code] => Volatile.Read(ref _codes[code]);

    public void Record(int code, long ticks)
    {
        var histogram = _codes[code];
        if (histogram is null)
        {
            histogram = new CallHistogram();
            Volatile.Write(ref _codes[code], histogram);
        }

        histogram.Observe(ticks);
    }
}
