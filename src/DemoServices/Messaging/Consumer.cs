using Grpc.Core;

namespace Mesh.DemoServices.Messaging;

/// <summary>Work that goes on as long as the service does: when its stream breaks it begins anew, where it was.</summary>
internal abstract class Consumer(TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Consumes until the stream ends.</summary>
    protected abstract Task ConsumeAsync(CancellationToken stop);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ConsumeAsync(stoppingToken);
            }
            catch (RpcException none) when (none.StatusCode == StatusCode.FailedPrecondition)
            {
                log.LogWarning("there are no events and queues here: {Status}", none.Status);
                return;
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException or InvalidOperationException)
            {
                if (!stoppingToken.IsCancellationRequested && error is RpcException { StatusCode: not StatusCode.Unavailable } refused)
                {
                    log.LogWarning("consuming again: {Status}", refused.Status);
                }
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
