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

    /// <summary>What it was told when it was ended, for people.</summary>
    public string TakenOverBy { get; private set; } = "a newer stream has taken the lease over";

    /// <summary>Its stream ends because this control plane cannot keep its promise, not because another one has the lease.</summary>
    public string? Unavailable { get; private set; }

    public LeaseHolder() => TakenOver = _takenOver.Token;

    /// <summary>It has lost its lease to another stream, which it cannot take it from any more.</summary>
    public bool HasYielded { get; private set; }

    /// <summary>Another stream is about to have its lease. Under the registry's lock, before <see cref="End"/>.</summary>
    /// <param name="address">Of the process that is going to have it.</param>
    public void YieldTo(string address)
    {
        HasYielded = true;
        if (Lease is { } lease && lease.Address != address)
        {
            TakenOverBy = $"another process, at {address}, has taken over instance '{lease.InstanceId}' of '{lease.Service}' from this one, at {lease.Address}";
        }
    }

    /// <summary>The control plane can hold no lease at present. Under the registry's lock, before <see cref="End"/>.</summary>
    public void GiveUp(string why)
    {
        HasYielded = true;
        Unavailable = why;
    }

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
