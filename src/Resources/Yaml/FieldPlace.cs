using System.Globalization;
using Google.Protobuf.Reflection;
using Mesh.Resources.Validation;

namespace Mesh.Resources.Yaml;

/// <summary>Finds where in a document a field stands that a <see cref="Finding"/> names by its path.</summary>
internal static class FieldPlace
{
    /// <summary>The node of the field's value; of a field that is not there, the innermost node around it.</summary>
    public static YamlNode Of(YamlNode node, MessageDescriptor type, ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || node is not YamlMapping mapping)
        {
            return node;
        }

        var end = path.IndexOfAny('.', '[');
        var name = end < 0 ? path : path[..end];
        foreach (var (key, value) in mapping.Entries)
        {
            if (FieldNames.Find(type, key.Text) is { } field && name.SequenceEqual(field.Name))
            {
                return Within(value, field, path[name.Length..]);
            }
        }

        return node;
    }

    // What is left begins with the index of an item, the key of an entry or the dot before a field.
    private static YamlNode Within(YamlNode value, FieldDescriptor field, ReadOnlySpan<char> rest)
    {
        if (field.IsMap)
        {
            return OfEntry(value, rest);
        }

        if (field.IsRepeated && rest.StartsWith("["))
        {
            var close = rest.IndexOf(']');
            if (value is not YamlSequence sequence
                || !int.TryParse(rest[1..close], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || index >= sequence.Items.Count)
            {
                return value;
            }

            value = sequence.Items[index];
            rest = rest[(close + 1)..];
        }

        return rest.StartsWith(".") && field.FieldType == FieldType.Message ? Of(value, field.MessageType, rest[1..]) : value;
    }

    private static YamlNode OfEntry(YamlNode map, ReadOnlySpan<char> rest)
    {
        foreach (var (key, value) in map is YamlMapping mapping ? mapping.Entries : [])
        {
            if (rest.StartsWith($"[{Names.Quote(key.Text)}]"))
            {
                return value;
            }
        }

        return map;
    }
}
