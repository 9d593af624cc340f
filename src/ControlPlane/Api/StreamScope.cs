using Grpc.Core;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// The life of every streaming call: until its body is done, its client goes, or the control plane goes down, which the
/// client is told as UNAVAILABLE: another address, or this one later, will do. Any thread.
/// </summary>
internal sealed class StreamScope : IDisposable
{
    private const string Replaced = "the store holds another history now: come again";
    private const string GoingDown = "the control plane is going down";

    private readonly CancellationTokenSource _stopping = new();
    private CancellationTokenSource _replaced = new();
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the process itself, given up when it goes down.
    private int _open = 1;
    private long _ended;

    /// <summary>How many have ended.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>How many there are.</summary>
    public long Open => Volatile.Read(ref _open) - 1;

    /// <summary>The control plane goes down.</summary>
    public bool IsEnding => _stopping.IsCancellationRequested;

    /// <summary>Cancelled when the control plane goes down.</summary>
    public CancellationToken Ending => _stopping.Token;

    /// <summary>Runs a call's body, whose waits all take the token.</summary>
    /// <param name="context">The call.</param>
    /// <param name="body">What it does.</param>
    /// <param name="endFault">How <paramref name="end"/> ends the call.</param>
    /// <param name="end">Ends the call as well.</param>
    public async Task RunAsync(
        ServerCallContext context, Func<CancellationToken, Task> body, Func<RpcException>? endFault = null, CancellationToken end = default)
    {
        Interlocked.Increment(ref _open);
        context.GetHttpContext().Response.OnCompleted(() =>
        {
            Close();
            return Task.CompletedTask;
        });
        var replaced = Volatile.Read(ref _replaced).Token;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, replaced);
        using var scope = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, both.Token, end);
        try
        {
            await body(scope.Token);
        }

        // A write to a call that is over is an InvalidOperationException, a read of one an IOException.
        catch (Exception over) when (over is IOException
            || (over is OperationCanceledException or InvalidOperationException && scope.IsCancellationRequested))
        {
            if (end.IsCancellationRequested)
            {
                throw endFault!();
            }

            if (_stopping.IsCancellationRequested)
            {
                throw Faults.Of(StatusCode.Unavailable, GoingDown);
            }

            if (replaced.IsCancellationRequested)
            {
                throw Faults.Of(StatusCode.Unavailable, Replaced);
            }

            throw Faults.Of(StatusCode.Cancelled, "the client is gone");
        }
    }

    /// <summary>
    /// Ends all calls and waits until their clients have been told, at most as long as given. To be called before the
    /// server stops, which closes the connections.
    /// </summary>
    public async Task EndAllAsync(TimeSpan bound)
    {
        await _stopping.CancelAsync();
        Close();
        await _allEnded.Task.WaitAsync(bound).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends those calls that are open, since what they were told is of another history of the store.</summary>
    public void EndThose()
    {
        var former = Interlocked.Exchange(ref _replaced, new CancellationTokenSource());
        _ = former.CancelAsync();
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _replaced.Dispose();
    }

    private void Close()
    {
        Interlocked.Increment(ref _ended);
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allEnded.TrySetResult();
        }
    }
}
