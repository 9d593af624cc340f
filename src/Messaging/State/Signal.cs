namespace Mesh.Messaging.State;

/// <summary>Tells all who wait that something has changed. Any thread. Who waits takes <see cref="Next"/> first and looks then.</summary>
internal sealed class Signal
{
    private TaskCompletionSource? _next;

    public Task Next
    {
        get
        {
            while (true)
            {
                if (Volatile.Read(ref _next) is { } next)
                {
                    return next.Task;
                }

                Interlocked.CompareExchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            }
        }
    }

    public void Raise() => Interlocked.Exchange(ref _next, null)?.TrySetResult();
}
