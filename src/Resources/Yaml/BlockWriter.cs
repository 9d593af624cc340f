using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Mesh.Resources.Yaml;

/// <summary>Writes the JSON form of a message as YAML in block style, which reads back to the same message.</summary>
internal static class BlockWriter
{
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default);

    // Quoted strings keep letters of all languages readable, but not what a terminal would obey; the reader takes the same escapes.
    private static readonly JavaScriptEncoder Quoting = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static string Write(IMessage message)
    {
        using var document = JsonDocument.Parse(Json.Format(message));
        var text = new StringBuilder();
        if (IsEmpty(document.RootElement))
        {
            return "{}\n";
        }

        WriteBlock(document.RootElement, text, 0);
        return text.ToString();
    }

    private static void WriteBlock(JsonElement element, StringBuilder text, int indent)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            WriteMapping(element, text, indent, firstIsIndented: true);
            return;
        }

        foreach (var item in element.EnumerateArray())
        {
            text.Append(' ', indent).Append("- ");
            if (IsBlock(item))
            {
                WriteMapping(item, text, indent + 2, firstIsIndented: false);
            }
            else
            {
                WriteInline(item, text);
            }
        }
    }

    private static void WriteMapping(JsonElement element, StringBuilder text, int indent, bool firstIsIndented)
    {
        var isIndented = firstIsIndented;
        foreach (var property in element.EnumerateObject())
        {
            text.Append(' ', isIndented ? indent : 0);
            isIndented = true;
            AppendString(property.Name, text);
            text.Append(':');
            if (IsBlock(property.Value))
            {
                // A list stands at its key's column, as the usual style has it.
                text.Append('\n');
                WriteBlock(property.Value, text, property.Value.ValueKind == JsonValueKind.Array ? indent : indent + 2);
            }
            else
            {
                text.Append(' ');
                WriteInline(property.Value, text);
            }
        }
    }

    private static void WriteInline(JsonElement element, StringBuilder text)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            AppendString(element.GetString()!, text);
        }
        else
        {
            text.Append(element.GetRawText().Replace(" ", "", StringComparison.Ordinal));
        }

        text.Append('\n');
    }

    private static void AppendString(string value, StringBuilder text)
        => text.Append(IsPlain(value) ? value : $"\"{PrintableText.Escaped(Quoting.Encode(value))}\"");

    // Only what no reader of YAML, of whatever version, takes for anything but this string.
    private static bool IsPlain(string value)
        => value.Length > 0
            && (char.IsAsciiLetterOrDigit(value[0]) || value[0] is '/' or '_')
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && !CoreSchema.IsTyped(value)
            && !LooksLikeNumber(value)
            && value.ToUpperInvariant() is not ("YES" or "NO" or "ON" or "OFF" or "Y" or "N");

    // Dates, numbers with underscores, octals: quoted. A duration is not one of them.
    private static bool LooksLikeNumber(string value)
        => char.IsAsciiDigit(value[0]) && !DurationText.TryParse(value, out _);

    private static bool IsBlock(JsonElement element)
        => element.ValueKind is JsonValueKind.Object or JsonValueKind.Array && !IsEmpty(element);

    private static bool IsEmpty(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => !element.EnumerateObject().Any(),
        JsonValueKind.Array => element.GetArrayLength() == 0,
        _ => false,
    };
}
