namespace Mesh.Bench.Load.Measuring;

/// <summary>Managed memory that the sidecar has allocated, and locks it has waited for.</summary>
/// <param name="Case">Which calls.</param>
/// <param name="Loops">Event loops of the sidecar.</param>
/// <param name="Calls">How many were made.</param>
/// <param name="Bytes">Over these calls.</param>
/// <param name="BackgroundBytes">In the same time without calls: exports, timers, and the page that tells.</param>
/// <param name="LockContentions">How often one of its threads had to wait for a lock over these calls.</param>
internal sealed record AllocationSample(string Case, int Loops, int Calls, long Bytes, long BackgroundBytes, long LockContentions)
{
    public double BytesPerCall => (double)(Bytes - BackgroundBytes) / Calls;
}
