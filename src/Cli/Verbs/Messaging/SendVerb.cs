using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Verbs.Messaging;

/// <summary><c>meshctl queues send QUEUE</c>.</summary>
internal static class SendVerb
{
    public static Command Build()
    {
        var queue = MessagingOptions.Queue();
        var (data, contentType) = (MessagingOptions.Data(), MessagingOptions.ContentType());
        var id = MessagingOptions.Text("--id", "The message's id; given where there is none.");
        var delay = MessagingOptions.Time("--delay", null, "Not delivered earlier.");
        var ttl = MessagingOptions.Time("--ttl", null, "Not delivered later.");
        var priority = MessagingOptions.Number("--priority", 0, 9, "0", "Higher ones are delivered first.");
        var ordering = MessagingOptions.Text("--ordering-key", "Messages of one key are delivered one after the other.");
        var deduplication = MessagingOptions.Text("--deduplication-key", "A second message with it within ten minutes adds nothing.");
        var correlation = MessagingOptions.Text("--correlation-id", "What it belongs to, across services.");
        var verb = new Command("send", "Publishes a message to a queue: meshctl queues send email --data '{\"to\":\"ann\"}' --delay 10s.")
        {
            queue, data.Symbol, contentType.Symbol, id.Symbol, delay.Symbol, ttl.Symbol, priority.Symbol, ordering.Symbol, deduplication.Symbol, correlation.Symbol,
        };
        return QueuesVerb.Asking<PublishedMessage>(verb, async (queues, parsed, talk) =>
        {
            var content = await MessagingOptions.ReadAsync(data.Get(parsed), talk.Cancellation);
            var message = new QueueMessage
            {
                Id = id.Get(parsed) ?? "",
                Data = content,
                DataContentType = MessagingOptions.TypeOf(contentType.Get(parsed), content),
                Delay = delay.IsGiven(parsed) ? delay.Get(parsed).ToDuration() : null,
                Ttl = ttl.IsGiven(parsed) ? ttl.Get(parsed).ToDuration() : null,
                Priority = (uint)priority.Get(parsed),
                OrderingKey = ordering.Get(parsed) ?? "",
                DeduplicationKey = deduplication.Get(parsed) ?? "",
                CorrelationId = correlation.Get(parsed) ?? "",
            };
            var request = new PublishMessagesRequest { Queue = queue.Get(parsed)[0], Messages = { message } };
            return (await queues.PublishAsync(request, cancellationToken: talk.Cancellation)).Messages[0];
        }, (output, published) => output.WriteLine(
            PrintableText.Of($"message {published.Id} {(published.Duplicate ? "was published before, as" : "is")} number {published.Sequence}")));
    }
}
