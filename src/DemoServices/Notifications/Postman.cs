using Google.Protobuf;
using Grpc.Core;
using Mesh.DemoServices.Messaging;
using Mesh.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary>Works a queue: what is sent stands in the outbox, and is told as an event; what cannot be sent goes back, and is a dead letter in the end.</summary>
/// <param name="queue">Which.</param>
/// <param name="channel">The way to it.</param>
/// <param name="outbox">Where it goes.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of what is odd.</param>
internal abstract class Postman(string queue, MessagingChannel channel, Outbox outbox, TimeProvider time, ILogger log) : Consumer(time, log)
{
    private const uint Credit = 20;

    // Ignores what later versions of a message may have.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Writes what a message asks for.</summary>
    protected abstract Letter Write(QueueMessage message);

    protected override async Task ConsumeAsync(CancellationToken stop)
    {
        var events = new Events.EventsClient(channel.Grpc);
        using var call = new Queues.QueuesClient(channel.Grpc).Receive(cancellationToken: stop);
        var begin = new BeginReceiving { Queue = queue, Credit = new Credit { Messages = Credit } };
        await call.RequestStream.WriteAsync(new ReceiveRequest { Begin = begin }, stop);
        await foreach (var response in call.ResponseStream.ReadAllAsync(stop))
        {
            if (response.Delivery is { } delivery)
            {
                await SendAsync(events, call.RequestStream, delivery, stop);
                await call.RequestStream.WriteAsync(new ReceiveRequest { Credit = new Credit { Messages = 1 } }, stop);
            }
        }
    }

    protected static T Read<T>(QueueMessage message)
        where T : IMessage, new() => Parser.Parse<T>(message.Data.ToStringUtf8());

    private async Task SendAsync(Events.EventsClient events, IClientStreamWriter<ReceiveRequest> answers, MessageDelivery delivery, CancellationToken stop)
    {
        var letter = Write(delivery.Message);
        if (letter.WhyNot is { } why)
        {
            await answers.WriteAsync(new ReceiveRequest { Nack = new HandBack { Tokens = { delivery.Token }, Reason = why } }, stop);
            return;
        }

        outbox.Add(letter.User, letter.Text);
        var told = new Event { Type = $"{queue}.sent", Subject = delivery.Message.Id, CorrelationId = delivery.Message.CorrelationId };
        await events.PublishAsync(new PublishEventsRequest { Events = { told } }, cancellationToken: stop);
        await answers.WriteAsync(new ReceiveRequest { Ack = new Acknowledge { Tokens = { delivery.Token } } }, stop);
    }

    /// <summary>What is sent.</summary>
    /// <param name="User">To whom.</param>
    /// <param name="Text">What.</param>
    /// <param name="WhyNot">Null if it can be.</param>
    protected sealed record Letter(string User, string Text, string? WhyNot = null);
}
