using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources.Yaml;

/// <summary>Fills messages from nodes by their descriptors. Goes on after a fault, so that one run reports them all.</summary>
internal sealed class MessageReader(FaultList faults)
{
    private readonly ScalarReader _scalars = new(faults);

    /// <summary>Reads a document.</summary>
    public void ReadRoot(YamlNode node, IMessage message) => ReadMessage(node, message, "");

    private void ReadMessage(YamlNode node, IMessage message, string path)
    {
        if (node is not YamlMapping mapping)
        {
            var expected = $"a mapping with the fields {FieldNames.List(message.Descriptor)} is expected";
            faults.Add(node, path, $"{Describe(node)} is no {message.Descriptor.Name}; {expected}");
            return;
        }

        var given = new Dictionary<FieldDescriptor, YamlScalar>();
        var oneofs = new Dictionary<OneofDescriptor, (FieldDescriptor Field, YamlScalar Key)>();
        foreach (var (key, value) in mapping.Entries)
        {
            if (faults.IsFull)
            {
                return;
            }

            var fieldPath = FieldNames.Join(path, key.Text);
            if (FieldNames.Find(message.Descriptor, key.Text) is not { } field)
            {
                faults.Add(key, fieldPath, FieldNames.Unknown(message.Descriptor, key.Text));
                continue;
            }

            fieldPath = FieldNames.Join(path, field.Name);
            if (!given.TryAdd(field, key))
            {
                faults.Add(key, fieldPath, $"given twice, first in line {given[field].Line}; leave one of them out");
                continue;
            }

            // Null is "not given", except where the bare name is the choice, as with "tcp:" of a health check.
            var oneof = field.RealContainingOneof;
            if (value is YamlScalar scalar && CoreSchema.IsNull(scalar))
            {
                if (oneof is null || field.FieldType != FieldType.Message)
                {
                    continue;
                }
            }

            if (oneof is not null && !oneofs.TryAdd(oneof, (field, key)))
            {
                var first = oneofs[oneof];
                var members = string.Join(", ", oneof.Fields.Select(member => member.Name));
                faults.Add(key, fieldPath, $"{first.Field.Name} is given in line {first.Key.Line}; only one of {members} may be");
                continue;
            }

            ReadField(value, message, field, fieldPath);
        }
    }

    private void ReadField(YamlNode node, IMessage message, FieldDescriptor field, string path)
    {
        if (field.IsMap)
        {
            ReadMap(node, (IDictionary)field.Accessor.GetValue(message), field.MessageType, path);
        }
        else if (field.IsRepeated)
        {
            ReadList(node, (IList)field.Accessor.GetValue(message), field, path);
        }
        else if (ReadValue(node, field, path) is { } value)
        {
            field.Accessor.SetValue(message, value);
        }
    }

    private void ReadList(YamlNode node, IList list, FieldDescriptor field, string path)
    {
        if (node is not YamlSequence sequence)
        {
            faults.Add(node, path, $"{Describe(node)} is no list; write each item after a '- '");
            return;
        }

        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var itemPath = $"{path}[{i}]";
            if (sequence.Items[i] is YamlScalar scalar && CoreSchema.IsNull(scalar))
            {
                faults.Add(scalar, itemPath, "the item is null; give it a value or leave it out");
            }
            else if (ReadValue(sequence.Items[i], field, itemPath) is { } value)
            {
                list.Add(value);
            }
        }
    }

    private void ReadMap(YamlNode node, IDictionary map, MessageDescriptor entry, string path)
    {
        if (node is not YamlMapping mapping)
        {
            faults.Add(node, path, $"{Describe(node)} is no mapping; write 'key: value' lines");
            return;
        }

        var lines = new Dictionary<object, long>();
        foreach (var (key, value) in mapping.Entries)
        {
            var entryPath = FieldNames.Join(path, key.Text);

            // A key is text whatever it looks like, as in JSON.
            var quoted = key with { IsPlain = entry.Fields[1].FieldType != FieldType.String };
            if (_scalars.Read(quoted, entry.Fields[1], entryPath) is not { } name)
            {
                continue;
            }

            if (!lines.TryAdd(name, key.Line))
            {
                faults.Add(key, entryPath, $"given twice, first in line {lines[name]}; leave one of them out");
            }
            else if (value is YamlScalar scalar && CoreSchema.IsNull(scalar))
            {
                faults.Add(scalar, entryPath, "the value is null; give it a value or leave it out");
            }
            else if (ReadValue(value, entry.Fields[2], entryPath) is { } item)
            {
                map[name] = item;
            }
        }
    }

    // Null after a fault.
    private object? ReadValue(YamlNode node, FieldDescriptor field, string path)
    {
        if (field.FieldType != FieldType.Message)
        {
            return ReadScalar(node, path, ScalarReader.Expected(field)) is { } scalar
                ? _scalars.Read(scalar, field, path)
                : null;
        }

        var type = field.MessageType;
        if (type.FullName == Duration.Descriptor.FullName)
        {
            return ReadScalar(node, path, "a duration such as '1.5s' or '250ms'") is { } scalar
                ? _scalars.ReadDuration(scalar, path)
                : null;
        }

        if (type.FullName == Timestamp.Descriptor.FullName)
        {
            return ReadScalar(node, path, "a time such as '2030-01-31T12:00:00Z'") is { } scalar
                ? _scalars.ReadTimestamp(scalar, path)
                : null;
        }

        // A wrapper's property takes the bare value.
        if (type.File == UInt32Value.Descriptor.File)
        {
            return ReadValue(node, type.Fields[1], path);
        }

        var message = type.Parser.ParseFrom(ByteString.Empty);
        if (node is not YamlScalar empty || !CoreSchema.IsNull(empty))
        {
            ReadMessage(node, message, path);
        }

        return message;
    }

    private YamlScalar? ReadScalar(YamlNode node, string path, string expected)
    {
        if (node is YamlScalar scalar)
        {
            return scalar;
        }

        faults.Add(node, path, $"{Describe(node)} is given; {expected} is expected");
        return null;
    }

    private static string Describe(YamlNode node) => node switch
    {
        YamlSequence => "a list",
        YamlMapping => "a mapping",
        YamlScalar scalar => CoreSchema.KindOf(scalar),
        _ => "this",
    };
}
