using Google.Protobuf.Reflection;

namespace Mesh.Resources.Yaml;

/// <summary>A message's fields by the names people write: as in the proto, or in lowerCamelCase.</summary>
internal static class FieldNames
{
    public static FieldDescriptor? Find(MessageDescriptor message, string name)
    {
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.Name == name || field.JsonName == name)
            {
                return field;
            }
        }

        return null;
    }

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string List(MessageDescriptor message)
        => string.Join(", ", message.Fields.InDeclarationOrder().Select(field => field.Name));

    /// <summary>For messages: a name is none of the fields'.</summary>
    public static string Unknown(MessageDescriptor message, string name)
    {
        var fields = message.Fields.InDeclarationOrder();
        if (fields.Count == 0)
        {
            return $"{message.Name} has no fields; leave it out";
        }

        // Suggested in the manner of writing that was used.
        var camel = name.Any(char.IsUpper);
        var nearest = NearestName.Find(name, fields.Select(field => camel ? field.JsonName : field.Name));
        return nearest is null
            ? $"{message.Name} has no such field; it has {List(message)}"
            : $"{message.Name} has no such field; did you mean {nearest}?";
    }
}
