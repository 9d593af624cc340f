using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Broker.Http;

/// <summary>Events as HTTP carries them (CloudEvents HTTP binding 1.0): binary, structured, a batch.</summary>
internal static class CloudEventReader
{
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string Prefix = "ce-";

    /// <exception cref="RpcException">They are none.</exception>
    public static V1.PublishEventsRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var events = new V1.PublishEventsRequest();
        var type = request.ContentType ?? "";
        if (Is(type, Structured))
        {
            using var json = Parse(body);
            events.Events.Add(Read(json.RootElement, "the event"));
        }
        else if (Is(type, Batch))
        {
            using var json = Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Array)
            {
                throw Faults.Invalid($"the body is no JSON array of events, as {Batch} says");
            }

            var number = 0;
            events.Events.AddRange(json.RootElement.EnumerateArray().Select(one => Read(one, $"event {++number}")));
        }
        else
        {
            events.Events.Add(ReadBinary(request, type, body));
        }

        return events;
    }

    private static bool Is(string type, string wanted) =>
        type.Split(';')[0].Trim().Equals(wanted, StringComparison.OrdinalIgnoreCase);

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException wrong)
        {
            throw Faults.Invalid($"the body is no JSON: line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}");
        }
    }

    private static V1.Event ReadBinary(HttpRequest request, string type, ReadOnlyMemory<byte> body)
    {
        var said = new V1.Event { DataContentType = type, Data = UnsafeByteOperations.UnsafeWrap(body) };
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                // CloudEvents HTTP binding, section 3.1.3.2.
                Set(said, name[Prefix.Length..].ToLowerInvariant(), Uri.UnescapeDataString(values.ToString()), name);
            }
        }

        return said.Type.Length != 0 ? said
            : throw Faults.Invalid($"the event has no type: give a header ce-type, or send JSON with content-type {Structured}");
    }

    private static V1.Event Read(JsonElement json, string which)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Faults.Invalid($"{which} is no JSON object");
        }

        var said = new V1.Event();
        foreach (var attribute in json.EnumerateObject())
        {
            switch (attribute.Name)
            {
                case "data":
                    said.Data = attribute.Value.ValueKind == JsonValueKind.String && !IsJson(json)
                        ? ByteString.CopyFromUtf8(attribute.Value.GetString()!)
                        : ByteString.CopyFromUtf8(attribute.Value.GetRawText());
                    break;
                case "data_base64":
                    said.Data = attribute.Value.ValueKind == JsonValueKind.String && attribute.Value.TryGetBytesFromBase64(out var bytes)
                        ? ByteString.CopyFrom(bytes)
                        : throw Faults.Invalid($"{which}: data_base64 is no text in base64");
                    break;
                default:
                    Set(said, attribute.Name, TextOf(attribute.Value, which, attribute.Name), $"{which}: {attribute.Name}");
                    break;
            }
        }

        if (said.DataContentType.Length == 0 && json.TryGetProperty("data", out _))
        {
            said.DataContentType = "application/json";
        }

        return said;
    }

    // Section 3.1 of the JSON format: data is JSON unless its type says otherwise.
    private static bool IsJson(JsonElement json) =>
        !json.TryGetProperty("datacontenttype", out var type) || type.ValueKind != JsonValueKind.String || MessageJson.IsJson(type.GetString()!);

    private static string TextOf(JsonElement value, string which, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Null => "",
        _ => throw Faults.Invalid($"{which}: {Shown.Text(name)} is neither text, a number nor true or false"),
    };

    private static void Set(V1.Event said, string name, string value, string field)
    {
        switch (name)
        {
            case "specversion":
                if (value != "1.0")
                {
                    throw Faults.Invalid($"{field}: is '{Shown.Text(value)}', and 1.0 is what is understood here");
                }

                break;
            case "id":
                said.Id = value;
                break;
            case "type":
                said.Type = value;
                break;
            case "source":
                // Who says it is known from whose sidecar it comes.
                break;
            case "subject":
                said.Subject = value;
                break;
            case "time":
                said.Time = DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                    ? time.ToTimestamp()
                    : throw Faults.Invalid($"{field}: '{Shown.Text(value)}' is no time of RFC 3339");
                break;
            case "datacontenttype":
                said.DataContentType = value;
                break;
            case "correlationid":
                said.CorrelationId = value;
                break;
            case "traceparent":
                said.Traceparent = value;
                break;
            case "orderingkey" or "partitionkey":
                said.OrderingKey = value;
                break;
            case "sequence" or "storedat":
                // What we have said ourselves: an event that was read here is published anew.
                break;
            default:
                said.Extensions[name] = value;
                break;
        }
    }
}
