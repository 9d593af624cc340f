using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Sidecar.Local.Resuming;
using Mesh.V1;

namespace Mesh.Sidecar.Push;

/// <summary>
/// One subscription of the app's: a member of its group for as long as it runs, which posts what it gets to the app by way of the inbound
/// port, so that limits, metrics and traces are those of any call.
/// </summary>
/// <param name="subscription">What is wanted.</param>
/// <param name="service">Whose.</param>
/// <param name="inbound">Where calls to the app come in.</param>
/// <param name="channels">To the control plane.</param>
/// <param name="http">Carries the posts.</param>
/// <param name="log">Told of what goes wrong.</param>
internal sealed class PushStream(PushSubscription subscription, string service, Uri inbound, BrokerChannels channels, HttpClient http, Log log)
{
    private const uint DefaultConcurrency = 10;

    /// <summary>Of the events under way: each is held until the app has answered.</summary>
    private const ulong MostBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    /// <summary>Below the lease, so that the answer still counts.</summary>
    private static readonly TimeSpan LongestPost = TimeSpan.FromSeconds(45);

    /// <summary>For the control plane to take back what is under way.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);

    private const int LongestReason = 200;

    private readonly Uri _target = new(inbound, subscription.Path);

    /// <summary>Until the stream ends, or it is cancelled: then the events under way go back uncounted.</summary>
    /// <exception cref="RpcException">The control plane does not have it so, or is away.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = new CancellationTokenSource();
        using var call = new Events.EventsClient(channels.Current).Subscribe(
            new CallOptions(new CallerHeaders(service, "").Write(), cancellationToken: end.Token));
        using var free = new SemaphoreSlim(1);
        await SayAsync(new SubscribeRequest { Begin = Begin() });
        using var closing = stop.Register(() => _ = CloseAsync());
        var posts = new HashSet<Task>();
        try
        {
            await foreach (var response in call.ResponseStream.ReadAllAsync(end.Token))
            {
                if (response.Delivery is { } delivery)
                {
                    posts.RemoveWhere(post => post.IsCompleted);
                    posts.Add(PostAsync(delivery));
                }
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(posts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task PostAsync(EventDelivery delivery)
        {
            var fault = await SendAsync(delivery, end.Token);
            await SayAsync(fault is null
                ? new SubscribeRequest { Ack = new Acknowledge { Tokens = { delivery.Token } } }
                : new SubscribeRequest { Nack = new HandBack { Tokens = { delivery.Token }, Delay = PushPause.After(delivery.Attempt).ToDuration(), Reason = fault } });
            await SayAsync(new SubscribeRequest { Credit = new Credit { Messages = 1, Bytes = (ulong)delivery.Event.Data.Length } });
        }

        async Task SayAsync(SubscribeRequest request)
        {
            await free.WaitAsync(end.Token);
            try
            {
                await call.RequestStream.WriteAsync(request, end.Token);
            }
            finally
            {
                free.Release();
            }
        }

        async Task CloseAsync()
        {
            end.CancelAfter(LongestEnd);
            await free.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await call.RequestStream.CompleteAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private BeginSubscription Begin() => new()
    {
        Group = $"push/{service}/{subscription.Name}",
        Filter = new EventFilter { Types_ = { subscription.Types_ } },
        Rules = new DeliveryRules { Lease = Lease.ToDuration(), MaxDeliveries = subscription.MaxDeliveries },
        Credit = new Credit { Messages = subscription.HasConcurrency ? subscription.Concurrency : DefaultConcurrency, Bytes = MostBytes },
    };

    /// <returns>Null if the app has taken it; else why not.</returns>
    private async Task<string?> SendAsync(EventDelivery delivery, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(LongestPost);
        try
        {
            using var request = PushedEvent.Write(_target, service, delivery);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.IsSuccessStatusCode ? null : Told(delivery, $"{subscription.Path} was answered {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Told(delivery, $"{subscription.Path} was not answered within {DurationText.Format(LongestPost)}");
        }
        catch (HttpRequestException lost)
        {
            return Told(delivery, $"{subscription.Path}: {lost.Message}");
        }
    }

    private string Told(EventDelivery delivery, string why)
    {
        why = PrintableText.Of(why, LongestReason);
        log.Debug($"event {delivery.Event.Id} of {subscription.Name}, attempt {delivery.Attempt}: {why}");
        return why;
    }
}
