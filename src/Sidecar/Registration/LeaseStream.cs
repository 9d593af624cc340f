using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Registration;

/// <summary>A registration's stream as those see it who wait for it. Any thread.</summary>
internal sealed class LeaseStream
{
    private readonly CancellationTokenSource _left = new();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LeaseStream(ControlPlaneChannel channel) => Channel = channel;

    public ControlPlaneChannel Channel { get; }

    /// <summary>Completes when the lease is held; never if it is not.</summary>
    public Task Registered => _registered.Task;

    public bool IsRegistered => _registered.Task.IsCompleted;

    /// <summary>Completes with the stream: why it ended, and the same again if another process has the lease.</summary>
    public Task<(string Reason, string? Refusal)> Ended { get; private set; } = null!;

    /// <summary>Cancelled once the instance is registered elsewhere.</summary>
    public CancellationToken Left => _left.Token;

    public static LeaseStream Begin(ControlPlaneChannel channel, Func<LeaseStream, Task<(string Reason, string? Refusal)>> hold)
    {
        var stream = new LeaseStream(channel);
        stream.Ended = hold(stream);
        return stream;
    }

    public void OnRegistered() => _registered.TrySetResult();

    /// <summary>Ends it, and waits until it has.</summary>
    public async Task LeaveAsync()
    {
        await _left.CancelAsync();
        await ((Task)Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
