using System.Collections;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Resources.Tests;

public class WriteYamlTests
{
    [Fact]
    public void Messages_are_written_in_block_style()
    {
        const string text = """
            service: orders
            config:
              balancing:
                policy: ROUND_ROBIN
                panicThreshold: 0
              timeouts:
                request: 1.500s
              retry:
                codes:
                - UNAVAILABLE
                - "1.10"
              routes:
              - name: "a: b"
                match:
                  prefix: /pkg.S/
                  headers:
                  - name: x-user
                    exact: "yes"
              - match: {}
            version: "3"

            """;
        Assert.True(ResourceYaml.TryRead<ConfigResource>(text, "f.yaml", out var resource, out var errors), string.Join('\n', errors));
        Assert.Equal(text, ResourceYaml.WriteYaml(resource));
        Assert.Equal("{}\n", ResourceYaml.WriteYaml(new ConfigResource()));
    }

    [Fact]
    public void Any_text_reads_back_as_it_was()
    {
        string[] special = ["", "~", "null", "true", "No", "1.10", "0x1F", "1_000", "2030-01-01", "12:30", "- a", "<<", "=", ".inf", "+1", "5s", "😀"];
        var texts = Gen.OneOf(
            Gen.String,
            Gen.String[Gen.Char[" :#-'\"\\\n\t{}[],&*!|>%@`~0123456789.eExtrufalsn\u00e9\u2028\u0085\ufeff\u007f"], 0, 12],
            Gen.Int[0, special.Length - 1].Select(i => special[i])).Where(IsValidUnicode);
        Gen.Select(texts, texts).Array[0, 5].Select(pairs => pairs.DistinctBy(pair => pair.Item1).ToDictionary()).Sample(map =>
        {
            var endpoint = new Endpoint { Metadata = { map } };
            var yaml = ResourceYaml.WriteYaml(endpoint);
            Assert.True(ResourceYaml.TryRead<Endpoint>(yaml, "f.yaml", out var back, out var errors), string.Join('\n', errors) + "\n" + yaml);
            Assert.Equal(endpoint, back);
        });
    }

    [Fact]
    public void Every_field_there_is_reads_back_as_it_was()
    {
        var seen = new HashSet<FieldDescriptor>();
        // Each run takes the next member of every oneof.
        for (var run = 0; run < 4; run++)
        {
            var resource = (ConfigResource)Filled(ConfigResource.Descriptor, run, seen);
            var yaml = ResourceYaml.WriteYaml(resource);
            Assert.True(ResourceYaml.TryRead<ConfigResource>(yaml, "f.yaml", out var back, out var errors), string.Join('\n', errors) + "\n" + yaml);
            Assert.Equal(resource, back);
        }

        Assert.Contains(HeaderMatch.Descriptor.FindFieldByName("prefix"), seen);
        Assert.True(seen.Count > 50, $"{seen.Count} fields are not all");
    }

    private static IMessage Filled(MessageDescriptor type, int run, HashSet<FieldDescriptor> seen)
    {
        // Within what the well-known types may hold.
        if (type == Duration.Descriptor)
        {
            return new Duration { Seconds = run, Nanos = 250_000_001 };
        }

        if (type == Timestamp.Descriptor)
        {
            return new Timestamp { Seconds = 1_800_000_000 + run, Nanos = 120_000_000 };
        }

        var message = type.Parser.ParseFrom(ByteString.Empty);
        var choices = type.Oneofs.Where(oneof => !oneof.IsSynthetic).Select(oneof => oneof.Fields[run % oneof.Fields.Count]).ToHashSet();
        foreach (var field in type.Fields.InFieldNumberOrder().Where(field => field.RealContainingOneof is null || choices.Contains(field)))
        {
            seen.Add(field);
            if (field.IsMap)
            {
                var (key, value) = (field.MessageType.Fields[1], field.MessageType.Fields[2]);
                ((IDictionary)field.Accessor.GetValue(message))[Value(key, run, seen)] = Value(value, run, seen);
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                list.Add(Value(field, run, seen));
                list.Add(Value(field, run + 1, seen));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, run, seen));
            }
        }

        return message;
    }

    private static object Value(FieldDescriptor field, int run, HashSet<FieldDescriptor> seen) => field.FieldType switch
    {
        FieldType.String => $"{field.Name}: {run} 'é'",
        FieldType.Bool => true,
        FieldType.Enum => field.EnumType.Values[1 + (run % (field.EnumType.Values.Count - 1))].Number,
        FieldType.UInt32 => (uint)(run + 1),
        FieldType.Int32 => run - 7,
        FieldType.UInt64 => ulong.MaxValue - (ulong)run,
        FieldType.Int64 => long.MinValue + run,
        FieldType.Double => 1.5 + run,
        FieldType.Float => 2.5f + run,
        FieldType.Bytes => ByteString.CopyFromUtf8($"bytes {run}"),
        // The property of a wrapper is the bare value.
        FieldType.Message when field.MessageType.File == UInt32Value.Descriptor.File => Value(field.MessageType.Fields[1], run, seen),
        FieldType.Message => Filled(field.MessageType, run, seen),
        _ => throw new NotSupportedException($"{field.FullName}: {field.FieldType}"),
    };

    // A lone surrogate is no text: protobuf cannot carry it.
    private static bool IsValidUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
