using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Resources.Tests;

/// <summary>What docs/configuration.md shows can be applied as it stands, and nothing that can be applied is missing.</summary>
public sealed partial class ConfigurationPageTests
{
    private const string Begin = "<!-- Written by tests/Resources.Tests with MESH_WRITE_PAGES=1, from protos/mesh/v1/config.proto. -->\n\n";

    private static readonly string File = Path.Combine(RepositoryRoot.Path, "docs", "configuration.md");
    private static readonly IReadOnlyList<MessageDescriptor> Messages = FieldReference.Messages(ServiceConfig.Descriptor, InboundConfig.Descriptor);

    [Fact]
    public void Every_example_is_a_resource() => Assert.True(Examples().Count > 2);

    [Fact]
    public void Every_field_is_listed_in_the_words_of_its_proto()
    {
        var page = System.IO.File.ReadAllText(File);
        var (head, listed) = (page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)], page[(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..]);
        var right = FieldReference.Of(Messages) + "\n";
        if (Environment.GetEnvironmentVariable("MESH_WRITE_PAGES") == "1")
        {
            System.IO.File.WriteAllText(File, head + right);
            listed = right;
        }

        Assert.Equal(right, listed);
    }

    [Fact]
    public void Every_field_is_in_an_example()
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in Examples())
        {
            Collect(resource.Config, used);
            Collect(resource.Inbound, used);
        }

        var all = Messages.SelectMany(message => message.Fields.InDeclarationOrder()).Select(field => field.FullName);
        Assert.Equal("", string.Join(", ", all.Except(used)));
    }

    private static List<ConfigResource> Examples()
    {
        var resources = new List<ConfigResource>();
        foreach (var example in Example().Matches(System.IO.File.ReadAllText(File)).Select(match => match.Groups[1].Value))
        {
            var reader = new ConfigReader();
            reader.Read(example, "configuration.md");
            Assert.Equal("", string.Join('\n', reader.Faults.Concat(reader.Warnings)));
            resources.Add(Assert.Single(reader.Resources));
        }

        return resources;
    }

    private static void Collect(IMessage? message, HashSet<string> used)
    {
        foreach (var field in message?.Descriptor.Fields.InDeclarationOrder() ?? [])
        {
            var value = field.Accessor.GetValue(message!);
            IEnumerable<IMessage> inner = value is IMessage one ? [one] : value is System.Collections.IEnumerable many and not string and not ByteString ? many.OfType<IMessage>() : [];
            var isUsed = field.HasPresence ? field.Accessor.HasValue(message!)
                : value is System.Collections.ICollection { Count: var count } ? count > 0
                : value is not (null or 0u or false or "" or 0) && !(field.FieldType == FieldType.Enum && Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) == 0);
            if (isUsed)
            {
                used.Add(field.FullName);
            }

            foreach (var next in inner.Where(next => next.Descriptor.File.Package == "mesh.v1"))
            {
                Collect(next, used);
            }
        }
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
