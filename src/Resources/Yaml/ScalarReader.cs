using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources.Yaml;

/// <summary>Turns text into a field's value, boxed as the field's accessor takes it; null after a fault.</summary>
internal sealed class ScalarReader(FaultList faults)
{
    private const int LongestQuote = 40;

    /// <summary>For messages: what a field of this type takes.</summary>
    public static string Expected(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "a string",
        FieldType.Bytes => "a string in base64",
        FieldType.Bool => "true or false",
        FieldType.Enum => "one of " + string.Join(", ", EnumNames(field.EnumType)),
        FieldType.Float or FieldType.Double => "a number",
        _ => "a whole number",
    };

    public object? Read(YamlScalar scalar, FieldDescriptor field, string path) => field.FieldType switch
    {
        FieldType.String => ReadString(scalar, path),
        FieldType.Bytes => ReadBytes(scalar, path),
        FieldType.Bool => ReadBoolean(scalar, path),
        FieldType.Enum => ReadEnum(scalar, field.EnumType, path),
        FieldType.Double => ReadDouble(scalar, path),
        FieldType.Float => ReadDouble(scalar, path) is double value ? (float)value : null,
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 =>
            ReadInteger(scalar, int.MinValue, int.MaxValue, false, path) is { } value ? (int)value : null,
        FieldType.UInt32 or FieldType.Fixed32 =>
            ReadInteger(scalar, uint.MinValue, uint.MaxValue, false, path) is { } value ? (uint)value : null,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 =>
            ReadInteger(scalar, long.MinValue, long.MaxValue, true, path) is { } value ? (long)value : null,
        FieldType.UInt64 or FieldType.Fixed64 =>
            ReadInteger(scalar, ulong.MinValue, ulong.MaxValue, true, path) is { } value ? (ulong)value : null,
        _ => Fault(scalar, path, "fields of this kind cannot be read; leave it out"),
    };

    public object? ReadDuration(YamlScalar scalar, string path)
        => DurationText.TryParse(scalar.Text, out var seconds, out var nanos, out var error)
            ? new Duration { Seconds = seconds, Nanos = nanos }
            : Fault(scalar, path, error);

    public object? ReadTimestamp(YamlScalar scalar, string path)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(scalar.Text, formats, CultureInfo.InvariantCulture, utc, out var time)
            ? Timestamp.FromDateTimeOffset(time)
            : Fault(scalar, path, $"{Quote(scalar)} is not a time; write it like '2030-01-31T12:00:00Z'");
    }

    // Strict, because YAML's guesses are not what people mean: 1.10 is the number 1.1, and true is no name.
    private object? ReadString(YamlScalar scalar, string path)
        => scalar.IsPlain && CoreSchema.IsTyped(scalar.Text)
            ? Fault(
                scalar,
                path,
                $"{scalar.Text} is {CoreSchema.KindOf(scalar)}, not a string; write \"{scalar.Text}\" in quotes")
            : scalar.Text;

    private object? ReadBytes(YamlScalar scalar, string path)
    {
        var buffer = new byte[(scalar.Text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(scalar.Text, buffer, out var length)
            ? ByteString.CopyFrom(buffer, 0, length)
            : Fault(scalar, path, $"{Quote(scalar)} is not base64; encode the bytes with its standard alphabet");
    }

    private object? ReadBoolean(YamlScalar scalar, string path) => scalar switch
    {
        { IsPlain: true, Text: "true" } => true,
        { IsPlain: true, Text: "false" } => false,
        _ => Fault(scalar, path, $"{Quote(scalar)} is not a boolean; write true or false without quotes"),
    };

    private object? ReadEnum(YamlScalar scalar, EnumDescriptor type, string path)
    {
        if (type.FindValueByName(scalar.Text) is { } value)
        {
            // Boxed as a number: the accessor unboxes it as the enum.
            return value.Number;
        }

        var names = EnumNames(type);
        var nearest = NearestName.Find(scalar.Text, names);
        var hint = nearest is null ? "" : $", did you mean {nearest}?";
        return Fault(
            scalar, path, $"{Quote(scalar)} is no {type.Name}; the values are {string.Join(", ", names)}{hint}");
    }

    private object? ReadDouble(YamlScalar scalar, string path)
        => scalar.IsPlain
            && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : Fault(scalar, path, $"{Quote(scalar)} is not a number; write it like 1.5, without quotes");

    // JSON has no whole numbers of 64 bits, so the JSON form puts those in quotes.
    private Int128? ReadInteger(YamlScalar scalar, Int128 min, Int128 max, bool mayBeQuoted, string path)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign;
        if ((scalar.IsPlain || mayBeQuoted)
            && Int128.TryParse(scalar.Text, style, CultureInfo.InvariantCulture, out var value))
        {
            if (value >= min && value <= max)
            {
                return value;
            }

            Fault(scalar, path, $"{scalar.Text} does not fit; it may be {min} to {max}");
            return null;
        }

        Fault(scalar, path, $"{Quote(scalar)} is not a whole number; write it in digits, without quotes or a unit");
        return null;
    }

    // The zero value of a proto3 enum only says that nothing was said.
    private static List<string> EnumNames(EnumDescriptor type)
        => [.. type.Values.Where(value => value.Number != 0).Select(value => value.Name)];

    private static string Quote(YamlScalar scalar)
        => $"'{PrintableText.Of(scalar.Text, LongestQuote)}'";

    private object? Fault(YamlScalar scalar, string path, string what)
    {
        faults.Add(scalar, path, what);
        return null;
    }
}
