using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.DemoServices.Messaging;
using Mesh.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary>
/// A member of the group "notifications": what orders and users tell of becomes work for a queue, an e-mail for each order, a
/// notification for each new user. An event that comes twice becomes one message, by its id.
/// </summary>
internal sealed class Inbox(MessagingChannel channel, TimeProvider time, ILogger<Inbox> log) : Consumer(time, log)
{
    public const string Emails = "email";
    public const string Notifications = "notification";

    private const string Group = "notifications";
    private const string OrderCreated = "order.created";
    private const string UserCreated = "user.created";
    private const uint Credit = 100;
    private const uint MaxDeliveries = 3;

    protected override async Task ConsumeAsync(CancellationToken stop)
    {
        var queues = new Queues.QueuesClient(channel.Grpc);
        var rules = new DeliveryRules { MaxDeliveries = MaxDeliveries, Lease = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)) };
        foreach (var name in (string[])[Emails, Notifications])
        {
            await queues.CreateAsync(new CreateQueueRequest { Name = name, Options = new QueueOptions { Rules = rules } }, cancellationToken: stop);
        }

        using var call = new Events.EventsClient(channel.Grpc).Subscribe(cancellationToken: stop);
        await call.RequestStream.WriteAsync(new SubscribeRequest
        {
            Begin = new BeginSubscription
            {
                Group = Group,
                Filter = new EventFilter { Types_ = { OrderCreated, UserCreated } },
                Start = new StartPosition { AfterSequence = 0 },
                Credit = new Credit { Messages = Credit },
            },
        }, stop);
        await foreach (var response in call.ResponseStream.ReadAllAsync(stop))
        {
            if (response.Delivery is { } delivery)
            {
                await PassOnAsync(queues, delivery.Event, stop);
                await call.RequestStream.WriteAsync(new SubscribeRequest { Ack = new Acknowledge { Tokens = { delivery.Token } } }, stop);
                await call.RequestStream.WriteAsync(new SubscribeRequest { Credit = new Credit { Messages = 1 } }, stop);
            }
        }
    }

    private static async Task PassOnAsync(Queues.QueuesClient queues, Event said, CancellationToken stop)
    {
        var message = new QueueMessage
        {
            Id = said.Id,
            Data = said.Data,
            DataContentType = said.DataContentType,
            DeduplicationKey = said.Id,
            CorrelationId = said.CorrelationId,
            Traceparent = said.Traceparent,
        };
        var request = new PublishMessagesRequest { Queue = said.Type == OrderCreated ? Emails : Notifications, Messages = { message } };
        await queues.PublishAsync(request, cancellationToken: stop);
    }
}
