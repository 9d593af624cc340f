using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>Events and messages as JSON.</summary>
internal static class MessageJson
{
    /// <summary>Quotes of our texts stay readable: none of it is put into a page.</summary>
    public static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A media type whose content is JSON.</summary>
    public static bool IsJson(string type)
    {
        var media = type.Split(';')[0].Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An event in the JSON format of CloudEvents 1.0.</summary>
    public static void Write(Utf8JsonWriter to, V1.Event said)
    {
        to.WriteStartObject();
        to.WriteString("specversion", "1.0");
        to.WriteString("id", said.Id);
        to.WriteString("type", said.Type);
        to.WriteString("source", said.Source);
        WriteText(to, "subject", said.Subject);
        to.WriteString("time", said.Time.ToDateTimeOffset());
        WriteText(to, "correlationid", said.CorrelationId);
        WriteText(to, "traceparent", said.Traceparent);
        WriteText(to, "orderingkey", said.OrderingKey);
        to.WriteNumber("sequence", said.Sequence);
        WriteText(to, "damage", said.Damage);
        foreach (var (name, value) in said.Extensions)
        {
            to.WriteString(name, value);
        }

        WriteText(to, "datacontenttype", said.DataContentType);
        WriteData(to, said.Data, said.DataContentType);
        to.WriteEndObject();
    }

    /// <summary>A message with what it is acknowledged by.</summary>
    public static void Write(Utf8JsonWriter to, V1.MessageDelivery delivery)
    {
        to.WriteStartObject();
        to.WriteString("token", delivery.Token);
        to.WriteNumber("attempt", delivery.Attempt);
        to.WriteNumber("leaseSeconds", delivery.Lease.ToTimeSpan().TotalSeconds);
        var message = delivery.Message;
        to.WriteString("id", message.Id);
        to.WriteNumber("sequence", message.Sequence);
        to.WriteString("source", message.Source);
        to.WriteString("time", message.StoredAt.ToDateTimeOffset());
        WriteText(to, "correlationId", message.CorrelationId);
        WriteText(to, "orderingKey", message.OrderingKey);
        WriteText(to, "traceparent", message.Traceparent);
        WriteText(to, "damage", message.Damage);
        if (message.Attributes.Count != 0)
        {
            to.WriteStartObject("attributes");
            foreach (var (name, value) in message.Attributes)
            {
                to.WriteString(name, value);
            }

            to.WriteEndObject();
        }

        WriteText(to, "contentType", message.DataContentType);
        WriteData(to, message.Data, message.DataContentType);
        to.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter to, string name, string value)
    {
        if (value.Length != 0)
        {
            to.WriteString(name, value);
        }
    }

    private static void WriteData(Utf8JsonWriter to, ByteString data, string type)
    {
        if (data.IsEmpty)
        {
            return;
        }

        if (IsJson(type) && IsWellFormed(data))
        {
            to.WritePropertyName("data");
            to.WriteRawValue(data.Span, skipInputValidation: true);
        }
        else if (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && System.Text.Unicode.Utf8.IsValid(data.Span))
        {
            to.WriteString("data", Encoding.UTF8.GetString(data.Span));
        }
        else
        {
            to.WriteBase64String("data_base64", data.Span);
        }
    }

    private static bool IsWellFormed(ByteString data)
    {
        try
        {
            var reader = new Utf8JsonReader(data.Span);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
