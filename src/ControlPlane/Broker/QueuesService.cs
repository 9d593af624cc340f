using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.ControlPlane.Paging;
using Mesh.Messaging.Delivering;

namespace Mesh.ControlPlane.Broker;

/// <summary>mesh.v1.Queues.</summary>
internal sealed class QueuesService(MessageBroker broker, QueueConsumers consumers, TimeProvider time) : V1.Queues.QueuesBase
{
    // Of one answer; gRPC's clients take 4 MiB.
    private const int MostAnswer = 3 * 1024 * 1024;
    private const int DefaultPeek = 10;
    private const int MostQueues = 1000;

    public override Task<V1.Queue> Create(V1.CreateQueueRequest request, ServerCallContext context) => CreateAsync(request);

    /// <exception cref="RpcException">There is another one of that name, or it can be none.</exception>
    public async Task<V1.Queue> CreateAsync(V1.CreateQueueRequest request) =>
        QueueOf((await broker.Engine.CreateQueueAsync(request.Name, QueueForm.Read(request.Options))).OrThrow());

    public override async Task<V1.Queue> Configure(V1.ConfigureQueueRequest request, ServerCallContext context) =>
        QueueOf((await broker.Engine.ConfigureQueueAsync(request.Name, QueueForm.Read(request.Options))).OrThrow());

    public override Task<V1.PublishMessagesResponse> Publish(V1.PublishMessagesRequest request, ServerCallContext context) =>
        PublishAsync(request, Publisher.Of(context));

    /// <exception cref="RpcException">They are refused.</exception>
    public async Task<V1.PublishMessagesResponse> PublishAsync(V1.PublishMessagesRequest request, Publisher publisher)
    {
        var now = time.GetUtcNow();
        var published = (await broker.Engine.PublishAsync(request.Queue, [.. request.Messages.Select((said, i) => QueueForm.Read(said, publisher, i + 1, now))])).OrThrow();
        var response = new V1.PublishMessagesResponse();
        response.Messages.AddRange(published.Select(one => new V1.PublishedMessage { Id = one.Id, Sequence = one.Sequence, Duplicate = one.IsDuplicate }));
        return response;
    }

    public override Task Receive(
        IAsyncStreamReader<V1.ReceiveRequest> requestStream, IServerStreamWriter<V1.ReceiveResponse> responseStream, ServerCallContext context) =>
        consumers.RunAsync(requestStream, responseStream, context);

    public override Task<V1.PollResponse> Poll(V1.PollRequest request, ServerCallContext context) =>
        consumers.PollAsync(request, Publisher.Of(context), context.CancellationToken);

    public override Task<V1.Settled> Ack(V1.AckRequest request, ServerCallContext context) => AckAsync(request);

    /// <exception cref="RpcException">There is no such queue, or no such token.</exception>
    public async Task<V1.Settled> AckAsync(V1.AckRequest request) => QueueForm.Lost(
        request.Tokens, (await broker.Engine.AckAsync(BacklogName.Queue(request.Queue), QueueForm.Tokens(request.Tokens))).OrThrow());

    public override Task<V1.Settled> Nack(V1.NackRequest request, ServerCallContext context) => NackAsync(request);

    /// <exception cref="RpcException">There is no such queue, or no such token.</exception>
    public async Task<V1.Settled> NackAsync(V1.NackRequest request)
    {
        var delay = Times.Read(request.Delay, "delay") ?? TimeSpan.Zero;
        var held = (await broker.Engine.NackAsync(BacklogName.Queue(request.Queue), QueueForm.Tokens(request.Tokens), delay, request.Reason)).OrThrow();
        return QueueForm.Lost(request.Tokens, held);
    }

    public override async Task<V1.Settled> Extend(V1.ExtendRequest request, ServerCallContext context)
    {
        var lease = Times.Read(request.Lease, "lease");
        var held = (await broker.Engine.ExtendAsync(BacklogName.Queue(request.Queue), QueueForm.Tokens(request.Tokens), lease)).OrThrow();
        return QueueForm.Lost(request.Tokens, held);
    }

    public override async Task<V1.PeekResponse> Peek(V1.PeekRequest request, ServerCallContext context)
    {
        var phase = request.Phase == V1.MessagePhase.Unspecified ? Phase.Ready : (Phase)(request.Phase - 1);
        if (!System.Enum.IsDefined(phase))
        {
            throw Faults.Invalid($"phase: {(int)request.Phase} is none");
        }

        var count = request.Count == 0 ? DefaultPeek : (int)Math.Min(request.Count, int.MaxValue);
        var seen = (await broker.Engine.PeekAsync(BacklogName.Queue(request.Queue), phase, request.After, count)).OrThrow();
        var response = new V1.PeekResponse();
        var fill = new MessageFill(maxBytes: MostAnswer);
        response.Messages.AddRange(seen.Select(QueueForm.Write).TakeWhile(fill.TryAdd));
        return response;
    }

    public override async Task<V1.PurgeResponse> Purge(V1.PurgeRequest request, ServerCallContext context) => new()
    {
        Purged = (ulong)(await broker.Engine.PurgeAsync(BacklogName.Queue(request.Queue), request.OnlyDead)).OrThrow(),
    };

    public override async Task<V1.RedriveResponse> Redrive(V1.RedriveRequest request, ServerCallContext context) => new()
    {
        Redriven = (ulong)(await broker.Engine.RedriveAsync(BacklogName.Queue(request.Queue), CountOf(request.Count))).OrThrow(),
    };

    public override async Task<V1.BacklogStats> Stats(V1.StatsRequest request, ServerCallContext context) =>
        QueueForm.Write((await broker.Engine.StatsAsync(BacklogName.Queue(request.Queue))).OrThrow());

    public override async Task<V1.ListQueuesResponse> List(V1.ListQueuesRequest request, ServerCallContext context)
    {
        if (request.PageSize < 0)
        {
            throw Faults.Invalid($"page_size: must not be negative; 0 is the default, {MostQueues}");
        }

        var size = request.PageSize == 0 ? MostQueues : Math.Min(request.PageSize, MostQueues);
        var response = new V1.ListQueuesResponse();
        foreach (var queue in broker.Engine.List(BacklogKind.Queue))
        {
            if (string.CompareOrdinal(queue.Name.Name, request.PageToken) <= 0)
            {
                continue;
            }

            if (response.Queues.Count == size)
            {
                response.NextPageToken = response.Queues[^1].Name;
                break;
            }

            // One that was removed meanwhile has none.
            if (await broker.Engine.StatsAsync(queue.Name) is { IsDone: true, Value: { } stats })
            {
                var said = QueueOf(queue);
                said.Stats = QueueForm.Write(stats);
                response.Queues.Add(said);
            }
        }

        return response;
    }

    public override async Task<V1.DeleteQueueResponse> Delete(V1.DeleteQueueRequest request, ServerCallContext context)
    {
        (await broker.Engine.DeleteAsync(BacklogName.Queue(request.Name))).OrThrow();
        return new V1.DeleteQueueResponse();
    }

    /// <summary>0 is all.</summary>
    internal static long CountOf(ulong said) => said == 0 ? long.MaxValue : (long)Math.Min(said, long.MaxValue);

    private static V1.Queue QueueOf(Mesh.Messaging.Backlog queue) => new() { Name = queue.Name.Name, Options = QueueForm.Write(queue.Queue!) };
}
