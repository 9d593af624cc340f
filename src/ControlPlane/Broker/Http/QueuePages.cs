using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>/v1/queues/NAME: publishing, receiving, acknowledging.</summary>
internal sealed class QueuePages(QueuesService queues, QueueConsumers consumers)
{
    private const string Answered = "lost";

    public async Task CreateAsync(HttpContext context, string queue)
    {
        var made = await queues.CreateAsync(new V1.CreateQueueRequest { Name = queue });
        await EventPages.JsonAsync(context, json => json.WriteString("name", made.Name));
    }

    /// <summary>The body is the message; all else stands in the query.</summary>
    public async Task PublishAsync(HttpContext context, string queue, Publisher publisher)
    {
        var request = context.Request;
        var message = new V1.QueueMessage
        {
            Id = RequestText.Of(request, "id"),
            Data = UnsafeByteOperations.UnsafeWrap(await RequestText.BodyAsync(request)),
            DataContentType = request.ContentType ?? "",
            DeduplicationKey = RequestText.Of(request, "deduplication-key"),
            Delay = RequestText.DurationOf(request, "delay"),
            NotBefore = RequestText.TimeOf(request, "not-before"),
            Ttl = RequestText.DurationOf(request, "ttl"),
            Priority = RequestText.NumberOf(request, "priority"),
            OrderingKey = RequestText.Of(request, "ordering-key"),
            CorrelationId = RequestText.Of(request, "correlation-id"),
        };
        var published = (await queues.PublishAsync(new V1.PublishMessagesRequest { Queue = queue, Messages = { message } }, publisher)).Messages[0];
        await EventPages.JsonAsync(context, json =>
        {
            json.WriteString("id", published.Id);
            json.WriteNumber("sequence", published.Sequence);
            json.WriteBoolean("duplicate", published.Duplicate);
        });
    }

    public async Task ReceiveAsync(HttpContext context, string queue, Publisher consumer)
    {
        var request = new V1.PollRequest
        {
            Queue = queue,
            Wait = RequestText.DurationOf(context.Request, "wait"),
            Lease = RequestText.DurationOf(context.Request, "lease"),
            MaxMessages = RequestText.NumberOf(context.Request, "max"),
        };
        var polled = await consumers.PollAsync(request, consumer, context.RequestAborted);
        await EventPages.JsonAsync(context, json =>
        {
            json.WriteStartArray("messages");
            foreach (var delivery in polled.Deliveries)
            {
                MessageJson.Write(json, delivery);
            }

            json.WriteEndArray();
        });
    }

    public async Task AckAsync(HttpContext context, string queue)
    {
        var tokens = await TokensAsync(context.Request);
        var settled = await queues.AckAsync(new V1.AckRequest { Queue = queue, Tokens = { tokens } });
        await SettledAsync(context, settled);
    }

    public async Task NackAsync(HttpContext context, string queue)
    {
        var tokens = await TokensAsync(context.Request);
        var settled = await queues.NackAsync(new V1.NackRequest
        {
            Queue = queue,
            Tokens = { tokens },
            Delay = RequestText.DurationOf(context.Request, "delay") ?? new Duration(),
            Reason = RequestText.Of(context.Request, "reason"),
        });
        await SettledAsync(context, settled);
    }

    /// <summary>In the query, or in the body: {"tokens": ["…"]}.</summary>
    private static async Task<IEnumerable<string>> TokensAsync(HttpRequest request)
    {
        var tokens = request.Query["token"].OfType<string>().ToList();
        var body = await RequestText.BodyAsync(request);
        if (body.Length == 0)
        {
            return tokens;
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            return tokens.Concat(json.RootElement.GetProperty("tokens").EnumerateArray().Select(token => token.GetString() ?? "")).ToList();
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Faults.Invalid("the body is not {\"tokens\": [\"…\"]}; or give ?token=… in the query");
        }
    }

    private static Task SettledAsync(HttpContext context, V1.Settled settled) => EventPages.JsonAsync(context, json =>
    {
        json.WriteStartArray(Answered);
        foreach (var token in settled.LostTokens)
        {
            json.WriteStringValue(token);
        }

        json.WriteEndArray();
    });
}
