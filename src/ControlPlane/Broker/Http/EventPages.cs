using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>/v1/events: publishing, the history, and events as they come (server-sent events).</summary>
internal sealed class EventPages(EventsService events, MessageBroker broker, StreamPlaces places, StreamScope scope, TimeProvider time)
{
    // So that whoever stands between does not take the silence for an end.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public async Task PublishAsync(HttpContext context, Publisher publisher)
    {
        var request = CloudEventReader.Read(context.Request, await RequestText.BodyAsync(context.Request));
        var published = await events.PublishAsync(request, publisher);
        await JsonAsync(context, json =>
        {
            json.WriteStartArray("events");
            foreach (var one in published.Events)
            {
                json.WriteStartObject();
                json.WriteString("id", one.Id);
                json.WriteNumber("sequence", one.Sequence);
                json.WriteBoolean("duplicate", one.Duplicate);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task QueryAsync(HttpContext context)
    {
        var request = context.Request;
        var page = await events.QueryAsync(new V1.QueryEventsRequest
        {
            Filter = RequestText.FilterOf(request),
            From = RequestText.TimeOf(request, "from"),
            Until = RequestText.TimeOf(request, "until"),
            NewestFirst = RequestText.Of(request, "order") switch
            {
                "" or "oldest" => false,
                "newest" => true,
                var other => throw Faults.Invalid($"order: '{Shown.Text(other)}' is neither oldest nor newest"),
            },
            PageSize = (int)Math.Min(RequestText.NumberOf(request, "limit"), int.MaxValue),
            PageToken = RequestText.Of(request, "page"),
        });
        await JsonAsync(context, json =>
        {
            json.WriteStartArray("events");
            foreach (var one in page.Events)
            {
                MessageJson.Write(json, one);
            }

            json.WriteEndArray();
            if (page.NextPageToken.Length != 0)
            {
                json.WriteString("next", page.NextPageToken);
            }
        });
    }

    /// <summary>The id of each is its sequence, by which a client that lost its connection goes on where it was (Last-Event-ID).</summary>
    public async Task StreamAsync(HttpContext context)
    {
        var after = await BeginAsync(context.Request);
        var subscription = new PlainSubscription(broker.Engine, EventForm.Read(RequestText.FilterOf(context.Request)), Endless());
        places.Enter();
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(scope.Ending, context.RequestAborted);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("retry: 1000\n\n", ending.Token);
            using var free = new SemaphoreSlim(1);
            var sending = subscription.RunAsync(
                after,
                stored => WriteAsync(context, free, Frame(EventForm.Write(stored)), ending.Token),
                (was, oldest) => WriteAsync(context, free, Encoding.UTF8.GetBytes($": missed what was between {was} and {oldest}\n\n"), ending.Token),
                ending.Token);
            while (await Task.WhenAny(sending, Task.Delay(Silence, time, ending.Token)) != sending && !ending.IsCancellationRequested)
            {
                await WriteAsync(context, free, ":\n\n"u8.ToArray(), ending.Token);
            }

            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            places.Leave();
        }
    }

    private async Task<long> BeginAsync(HttpRequest request)
    {
        var last = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : RequestText.Of(request, "after");
        return last.Length == 0 ? await PlainSubscription.FindAsync(broker.Engine, null)
            : long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after
            : throw Faults.Invalid($"Last-Event-ID: '{Shown.Text(last)}' is no sequence of an event");
    }

    // What a connection does not take, HTTP's own windows hold back.
    private static CreditAccount Endless() => new(new V1.Credit { Messages = uint.MaxValue });

    private static async Task WriteAsync(HttpContext context, SemaphoreSlim free, ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        await free.WaitAsync(cancellation);
        try
        {
            await context.Response.BodyWriter.WriteAsync(text, cancellation);
        }
        finally
        {
            free.Release();
        }
    }

    private static ReadOnlyMemory<byte> Frame(V1.Event said)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Write(Encoding.UTF8.GetBytes($"id: {said.Sequence}\nevent: {said.Type}\ndata: "));
        using (var json = new Utf8JsonWriter(frame, MessageJson.Readable))
        {
            MessageJson.Write(json, said);
        }

        frame.Write("\n\n"u8);
        // A line's end in raw JSON would end the field; outside of its strings, where there is none, it means nothing.
        var text = frame.WrittenSpan[..^2].ToArray();
        var data = text.AsSpan().IndexOf("data: "u8);
        for (var i = data; i < text.Length; i++)
        {
            if (text[i] is (byte)'\n' or (byte)'\r')
            {
                text[i] = (byte)' ';
            }
        }

        return (byte[])[.. text, (byte)'\n', (byte)'\n'];
    }

    internal static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, MessageJson.Readable);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }
}
