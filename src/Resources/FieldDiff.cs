using System.Text.Json;
using Google.Protobuf;

namespace Mesh.Resources;

/// <summary>
/// What differs between two messages, field by field. Fields go by their names in the proto; entries of a list that have names of their
/// own go by those, so that one more at the beginning is one difference and not many.
/// </summary>
public static class FieldDiff
{
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>The differences in the order of the fields; none if the messages say the same.</summary>
    /// <param name="path">Of the messages themselves, such as "config".</param>
    /// <param name="before">Null is a message that is not there.</param>
    /// <param name="after">Null is a message that is not there.</param>
    public static IReadOnlyList<FieldChange> Of(string path, IMessage? before, IMessage? after)
    {
        var (old, young) = (Flatten(path, before), Flatten(path, after));
        var changes = new List<FieldChange>();
        foreach (var (field, value) in old)
        {
            var now = young.GetValueOrDefault(field);
            if (now != value)
            {
                changes.Add(new FieldChange(field, value, now));
            }
        }

        changes.AddRange(young.Where(field => !old.ContainsKey(field.Key)).Select(field => new FieldChange(field.Key, null, field.Value)));
        return changes;
    }

    private static OrderedDictionary<string, string> Flatten(string path, IMessage? message)
    {
        var fields = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        if (message is not null)
        {
            using var document = JsonDocument.Parse(Json.Format(message));
            Flatten(path, document.RootElement, fields);
        }

        return fields;
    }

    private static void Flatten(string path, JsonElement element, OrderedDictionary<string, string> fields)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.EnumerateObject().Any():
                foreach (var property in element.EnumerateObject())
                {
                    Flatten($"{path}.{property.Name}", property.Value, fields);
                }

                break;
            case JsonValueKind.Object:
                fields[path] = "{}";
                break;
            case JsonValueKind.Array when element.EnumerateArray().All(item => item.ValueKind != JsonValueKind.Object):
                fields[path] = $"[{string.Join(", ", element.EnumerateArray().Select(Text))}]";
                break;
            case JsonValueKind.Array:
                var keys = KeysOf(element);
                for (var i = 0; i < keys.Length; i++)
                {
                    Flatten($"{path}[{keys[i]}]", element[i], fields);
                }

                break;
            default:
                fields[path] = Text(element);
                break;
        }
    }

    private static string[] KeysOf(JsonElement list)
    {
        string[] names = [.. list.EnumerateArray().Select(item => item.TryGetProperty("name", out var name) ? name.GetString()! : "")];
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length && !names.Contains("")
            ? names
            : [.. names.Select((_, i) => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
