using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Mesh.Integration.ControlPlaneApi;

/// <summary>
/// Messages between JSON and the wire by their descriptors alone, without generated code. Fields bear their proto names;
/// what no API of ours has (floats, groups, fixed widths) is missing.
/// </summary>
internal static class DynamicMessages
{
    public static byte[] ToBytes(MessageDescriptor type, JsonObject json)
    {
        using var buffer = new MemoryStream();
        var output = new CodedOutputStream(buffer);
        foreach (var (name, value) in json)
        {
            var field = type.FindFieldByName(name) ?? throw new ArgumentException($"{type.FullName} has no field '{name}'");
            IEnumerable<JsonNode?> values = field.IsMap ? value!.AsObject().Select(Entry) : field.IsRepeated ? value!.AsArray() : new[] { value };
            foreach (var one in values)
            {
                Write(output, field, one!);
            }
        }

        output.Flush();
        return buffer.ToArray();
    }

    public static JsonObject ToJson(MessageDescriptor type, ReadOnlySpan<byte> bytes)
    {
        var json = new JsonObject();
        var input = new CodedInputStream(bytes.ToArray());
        while (input.ReadTag() is > 0 and var tag)
        {
            var field = type.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag));
            if (field is null)
            {
                input.SkipLastField();
            }
            else if (field.IsRepeated && field.FieldType is not (FieldType.Message or FieldType.String or FieldType.Bytes) && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
                while (!packed.IsAtEnd)
                {
                    Add(json, field, Read(packed, field));
                }
            }
            else
            {
                Add(json, field, Read(input, field));
            }
        }

        return json;
    }

    private static JsonObject Entry(KeyValuePair<string, JsonNode?> pair) => new() { ["key"] = pair.Key, ["value"] = pair.Value?.DeepClone() };

    private static void Add(JsonObject json, FieldDescriptor field, JsonNode value)
    {
        if (field.IsMap)
        {
            var map = json[field.Name] ??= new JsonObject();
            map[value["key"]!.GetValue<string>()] = value["value"]?.DeepClone();
        }
        else if (field.IsRepeated)
        {
            (json[field.Name] ??= new JsonArray()).AsArray().Add(value);
        }
        else
        {
            json[field.Name] = value;
        }
    }

    private static void Write(CodedOutputStream output, FieldDescriptor field, JsonNode value)
    {
        var isBytes = field.FieldType is FieldType.Message or FieldType.String or FieldType.Bytes;
        output.WriteTag(field.FieldNumber, isBytes ? WireFormat.WireType.LengthDelimited : WireFormat.WireType.Varint);
        switch (field.FieldType)
        {
            case FieldType.Message:
                output.WriteBytes(ByteString.CopyFrom(ToBytes(field.MessageType, value.AsObject())));
                break;
            case FieldType.String:
                output.WriteString(value.GetValue<string>());
                break;
            case FieldType.Bytes:
                output.WriteBytes(ByteString.FromBase64(value.GetValue<string>()));
                break;
            case FieldType.Enum:
                output.WriteEnum(field.EnumType.FindValueByName(value.GetValue<string>()).Number);
                break;
            case FieldType.Bool:
                output.WriteBool(value.GetValue<bool>());
                break;
            case FieldType.Int32 or FieldType.Int64 or FieldType.UInt32 or FieldType.UInt64:
                output.WriteInt64(long.Parse(value.ToString(), CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException($"{field.FullName}: a {field.FieldType} is not expected");
        }
    }

    private static JsonNode Read(CodedInputStream input, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => ToJson(field.MessageType, input.ReadBytes().Span),
        FieldType.String => input.ReadString(),
        FieldType.Bytes => input.ReadBytes().ToBase64(),
        FieldType.Enum => ReadEnum(field.EnumType, input.ReadEnum()),
        FieldType.Bool => input.ReadBool(),
        FieldType.Int32 or FieldType.Int64 or FieldType.UInt32 or FieldType.UInt64 => input.ReadInt64(),
        _ => throw new ArgumentException($"{field.FullName}: a {field.FieldType} is not expected"),
    };

    private static JsonNode ReadEnum(EnumDescriptor type, int number) =>
        type.FindValueByNumber(number) is { } value ? value.Name : number;
}
