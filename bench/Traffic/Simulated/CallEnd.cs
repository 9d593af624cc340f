namespace Mesh.Bench.Traffic.Simulated;

/// <summary>How a call ended.</summary>
/// <param name="Code">In gRPC; of HTTP 0 for 200 and 14 for anything else.</param>
/// <param name="Ticks">How long it took.</param>
/// <param name="Server">Who answered it; empty if no server did.</param>
/// <param name="SaysNoRetry">The answer says that the call is not to be tried again.</param>
internal readonly record struct CallEnd(int Code, long Ticks, string Server, bool SaysNoRetry)
{
    public bool IsGood => Code == 0;
}
