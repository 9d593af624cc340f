using Grpc.Core;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Local.Resuming;
using Mesh.V1;

namespace Mesh.Sidecar.Push;

/// <summary>
/// The subscriptions that the app's inbound configuration asks for, each with a stream of its own that is begun again when it is lost.
/// <see cref="RunAsync"/> runs once; <see cref="Set"/> may be called by any thread.
/// </summary>
/// <param name="service">Whose app it is.</param>
/// <param name="inbound">Where calls to it come in, once that is known.</param>
/// <param name="channels">To the control plane.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of what goes wrong.</param>
internal sealed class PushSubscriptions(string service, Func<Uri> inbound, BrokerChannels channels, TimeProvider time, Log log)
{
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<PushSubscription> _wanted = [];

    /// <summary>From now on it is these.</summary>
    public void Set(IReadOnlyList<PushSubscription> wanted)
    {
        if (!_wanted.SequenceEqual(wanted))
        {
            _wanted = [.. wanted];
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>Until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
        var running = new Dictionary<PushSubscription, (Task Task, CancellationTokenSource Stop)>();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var changed = Volatile.Read(ref _changed).Task;
                var wanted = _wanted;
                foreach (var gone in running.Keys.Except(wanted).ToList())
                {
                    await running[gone].Stop.CancelAsync();
                    running.Remove(gone);
                }

                foreach (var one in wanted.Where(one => !running.ContainsKey(one)))
                {
                    var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
                    running[one] = (KeepAsync(one, http, own.Token), own);
                }

                await changed.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await Task.WhenAll(running.Values.Select(one => one.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(PushSubscription subscription, HttpClient http, CancellationToken stop)
    {
        var backoff = new Backoff(new Random());
        var told = "";
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await new PushStream(subscription, service, inbound(), channels, http, log).RunAsync(stop);
                backoff.Reset();
            }
            catch (RpcException lost) when (!stop.IsCancellationRequested)
            {
                var why = ControlPlaneChannels.Describe(lost, channels.Url);
                if (why != told && lost.StatusCode != StatusCode.Unavailable)
                {
                    told = why;
                    log.Warn($"events of the subscription '{subscription.Name}' are not sent to the app: {why}");
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or InvalidOperationException or RpcException)
            {
                // It has been told to.
            }

            await Task.Delay(backoff.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
