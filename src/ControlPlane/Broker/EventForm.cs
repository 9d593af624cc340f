using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;

namespace Mesh.ControlPlane.Broker;

/// <summary>Events as the API has them, and as the engine does.</summary>
internal static class EventForm
{
    // CloudEvents 1.0, section 3: these stand elsewhere.
    private static readonly HashSet<string> Reserved = ["id", "type", "source", "subject", "time", "datacontenttype", "data", "specversion", "correlationid", "traceparent"];

    /// <exception cref="RpcException">It is no event.</exception>
    public static Message Read(V1.Event said, Publisher publisher, int number)
    {
        var which = $"event {number}";
        foreach (var name in said.Extensions.Keys)
        {
            if (Reserved.Contains(name) || !name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)))
            {
                throw Faults.Invalid($"{which}: extensions: '{Shown.Text(name)}' is not a name of lower-case letters and digits, or stands in a field of its own");
            }
        }

        return new Message
        {
            Id = said.Id,
            Type = said.Type,
            Source = publisher.Source,
            Subject = Optional(said.Subject),
            OrderingKey = Optional(said.OrderingKey),
            CorrelationId = Optional(said.CorrelationId),
            Time = Times.Read(said.Time, $"{which}: time"),
            Attributes = Attributes.Of(said.DataContentType, said.Traceparent.Length == 0 ? publisher.Traceparent : said.Traceparent, said.Extensions, which),
            Data = said.Data.Memory,
        };
    }

    public static V1.Event Write(StoredMessage stored)
    {
        var message = stored.Message;
        var said = new V1.Event
        {
            Id = message.Id,
            Type = message.Type,
            Source = message.Source,
            Subject = message.Subject ?? "",
            Time = (message.Time ?? stored.StoredAt).ToTimestamp(),
            DataContentType = Attributes.Find(message.Attributes, Attributes.ContentType),
            Data = UnsafeByteOperations.UnsafeWrap(message.Data),
            CorrelationId = message.CorrelationId ?? "",
            Traceparent = Attributes.Find(message.Attributes, Attributes.Traceparent),
            OrderingKey = message.OrderingKey ?? "",
            Sequence = stored.Sequence,
            StoredAt = stored.StoredAt.ToTimestamp(),
            Damage = stored.Damage ?? "",
        };
        Attributes.CopyOwn(message.Attributes, said.Extensions);
        return said;
    }

    public static EventFilter Read(V1.EventFilter? filter) => filter is null
        ? EventFilter.All
        : new EventFilter
        {
            Types = [.. filter.Types_],
            Source = Optional(filter.Source),
            Subject = Optional(filter.Subject),
            CorrelationId = Optional(filter.CorrelationId),
        };

    public static V1.EventFilter Write(EventFilter filter) => new()
    {
        Types_ = { filter.Types },
        Source = filter.Source ?? "",
        Subject = filter.Subject ?? "",
        CorrelationId = filter.CorrelationId ?? "",
    };

    private static string? Optional(string text) => text.Length == 0 ? null : text;
}
