using Grpc.Core;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// The life of a streaming call: until its body is done, its client goes, or the control plane goes down, which the
/// client is told as UNAVAILABLE: another address, or this one later, will do.
/// </summary>
internal sealed class StreamScope(IHostApplicationLifetime lifetime)
{
    /// <summary>Runs a call's body, whose waits all take the token.</summary>
    /// <param name="context">The call.</param>
    /// <param name="body">What it does.</param>
    /// <param name="endStatus">How <paramref name="end"/> ends the call.</param>
    /// <param name="end">Ends the call as well.</param>
    public async Task RunAsync(
        ServerCallContext context, Func<CancellationToken, Task> body, Status endStatus = default, CancellationToken end = default)
    {
        using var scope = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping, end);
        try
        {
            await body(scope.Token);
        }
        // A write to a call that is over is an InvalidOperationException, a read of one an IOException.
        catch (Exception over) when (over is OperationCanceledException or IOException or InvalidOperationException
            && (scope.IsCancellationRequested || over is IOException))
        {
            if (end.IsCancellationRequested)
                throw new RpcException(endStatus);
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Unavailable, "the control plane is going down"));
            throw new RpcException(new Status(StatusCode.Cancelled, "the client is gone"));
        }
    }
}
