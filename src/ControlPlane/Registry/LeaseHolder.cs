namespace Mesh.ControlPlane.Registry;

/// <summary>
/// The stream that holds a lease. The stream's service makes one, and disposes it after giving it back; the registry
/// sets <see cref="Lease"/> under its lock and ends the holder when another takes the lease over.
/// </summary>
internal sealed class LeaseHolder : IDisposable
{
    private readonly CancellationTokenSource _takenOver = new();

    /// <summary>Cancelled once a newer stream has the lease. It outlives the holder.</summary>
    public CancellationToken TakenOver { get; }

    /// <summary>What it holds; null before its registration.</summary>
    public Lease? Lease { get; set; }

    public LeaseHolder() => TakenOver = _takenOver.Token;

    /// <summary>Runs the cancellation's callbacks, which must not happen under the registry's lock.</summary>
    public void End()
    {
        try
        {
            _takenOver.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its stream has ended by itself meanwhile.
        }
    }

    public void Dispose() => _takenOver.Dispose();
}
