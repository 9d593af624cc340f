using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging.Delivering;

namespace Mesh.ControlPlane.Broker;

/// <summary>Those who receive from queues: streams, and polls that wait. Any thread.</summary>
internal sealed class QueueConsumers(MessageBroker broker, StreamScope scope, StreamPlaces places, TimeProvider time)
{
    private const long MostPolled = 3 * 1024 * 1024;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public Task RunAsync(
        IAsyncStreamReader<V1.ReceiveRequest> requests, IServerStreamWriter<V1.ReceiveResponse> responses, ServerCallContext context) =>
        scope.RunAsync(context, async cancellation =>
        {
            var begin = (await Dialogue.FirstAsync(requests, cancellation)).Begin ?? throw Faults.Invalid("begin: must be the first message");
            // Says which there are, if it is none of them.
            (await broker.Engine.StatsAsync(BacklogName.Queue(begin.Queue))).OrThrow();
            places.Enter();
            try
            {
                // Nothing else may be said for long, and the consumer is to know that it is one.
                await context.WriteResponseHeadersAsync([]);
                using var writer = new Dialogue.Writer<V1.ReceiveResponse>(responses);
                await ReceiveAsync(begin, requests, writer, Publisher.Of(context), cancellation);
            }
            finally
            {
                places.Leave();
            }
        });

    /// <exception cref="RpcException">It cannot be asked for so.</exception>
    public async Task<V1.PollResponse> PollAsync(V1.PollRequest request, Publisher consumer, CancellationToken cancellation)
    {
        var wait = Times.Read(request.Wait, "wait") ?? TimeSpan.Zero;
        if (wait < TimeSpan.Zero || wait > LongestWait)
        {
            throw Faults.Invalid($"wait: {wait.TotalSeconds} s is not among 0 s to {LongestWait.TotalSeconds} s");
        }

        var name = BacklogName.Queue(request.Queue);
        var claim = new Claim
        {
            Holder = LeasedStream.HolderOf(consumer),
            Count = request.MaxMessages == 0 ? 1 : (int)Math.Min(request.MaxMessages, int.MaxValue),
            Bytes = MostPolled,
            Lease = Times.Read(request.Lease, "lease"),
        };
        using var timeUp = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeUp.Token, scope.Ending, cancellation);
        var response = new V1.PollResponse();
        while (true)
        {
            var claimed = (await broker.Engine.ClaimAsync(name, claim)).OrThrow();
            response.Deliveries.AddRange(claimed.Deliveries.Select(QueueForm.Write));
            if (cancellation.IsCancellationRequested)
            {
                // Nobody is there any more to take them.
                await broker.Engine.ReturnAsync(claim.Holder);
                throw Faults.Of(StatusCode.Cancelled, "the client is gone");
            }

            if (claimed.Deliveries.Count != 0 || either.IsCancellationRequested)
            {
                return response;
            }

            await broker.Engine.WaitForReadyAsync(name, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReceiveAsync(
        V1.BeginReceiving begin,
        IAsyncStreamReader<V1.ReceiveRequest> requests,
        Dialogue.Writer<V1.ReceiveResponse> writer,
        Publisher consumer,
        CancellationToken cancellation)
    {
        var credit = new CreditAccount(begin.Credit);
        var stream = new LeasedStream(
            broker.Engine, BacklogName.Queue(begin.Queue), LeasedStream.HolderOf(consumer), credit, Times.Read(begin.Lease, "begin.lease"));
        var isOrderly = false;
        try
        {
            isOrderly = await Dialogue.RunAsync(
                async both =>
                {
                    while (await requests.MoveNext(both))
                    {
                        var settled = await SettleAsync(requests.Current, credit, stream);
                        if (settled is { LostTokens.Count: > 0 })
                        {
                            await writer.WriteAsync(new V1.ReceiveResponse { Settled = settled }, both);
                        }
                    }
                },
                both => stream.RunAsync(delivery => writer.WriteAsync(new V1.ReceiveResponse { Delivery = QueueForm.Write(delivery) }, both), both),
                endsWithReader: true,
                cancellation);
        }
        finally
        {
            // Who comes back to another control plane, or to this one when it is there again, still has its leases.
            if (!scope.IsEnding)
            {
                await stream.EndAsync(isOrderly);
            }
        }
    }

    private static async Task<V1.Settled?> SettleAsync(V1.ReceiveRequest request, CreditAccount credit, LeasedStream stream)
    {
        switch (request.RequestCase)
        {
            case V1.ReceiveRequest.RequestOneofCase.Credit:
                credit.Grant(request.Credit);
                return null;
            case V1.ReceiveRequest.RequestOneofCase.Ack:
                return await stream.AckAsync(request.Ack.Tokens);
            case V1.ReceiveRequest.RequestOneofCase.Nack:
                return await stream.NackAsync(request.Nack);
            case V1.ReceiveRequest.RequestOneofCase.Extend:
                return await stream.ExtendAsync(request.Extend);
            case V1.ReceiveRequest.RequestOneofCase.Begin:
                throw Faults.Invalid("begin: is given more than once");
            default:
                throw Faults.Invalid("request: must be a credit, an ack, a nack or an extend");
        }
    }
}
