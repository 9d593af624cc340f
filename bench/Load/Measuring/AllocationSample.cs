namespace Mesh.Bench.Load.Measuring;

/// <summary>Managed memory that the sidecar has allocated.</summary>
/// <param name="Calls">How many were made.</param>
/// <param name="Bytes">Over these calls.</param>
/// <param name="BackgroundBytes">In the same time without calls: exports, timers, and the page that tells.</param>
internal sealed record AllocationSample(int Calls, long Bytes, long BackgroundBytes)
{
    public double BytesPerCall => (double)(Bytes - BackgroundBytes) / Calls;
}
