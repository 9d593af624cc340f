using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Mesh.Tests;

namespace Mesh.Resources.Tests;

/// <summary>
/// Every field of a service's configuration as docs/configuration.md lists it: by the messages, in the words of config.proto, whose comments are
/// what a control plane's own users read.
/// </summary>
internal static partial class FieldReference
{
    /// <summary>The messages that a resource may hold, each once, as they are met.</summary>
    public static IReadOnlyList<MessageDescriptor> Messages(params IEnumerable<MessageDescriptor> roots)
    {
        var found = new List<MessageDescriptor>();
        foreach (var root in roots)
        {
            Visit(root);
        }

        return found;

        void Visit(MessageDescriptor message)
        {
            if (message.File.Package != "mesh.v1" || message.GetOptions()?.MapEntry == true || found.Contains(message))
            {
                return;
            }

            found.Add(message);
            foreach (var field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message))
            {
                Visit(field.MessageType);
            }
        }
    }

    public static string Of(IEnumerable<MessageDescriptor> messages)
    {
        var comments = Comments(File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "protos", "mesh", "v1", "config.proto")));
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            text.Append(CultureInfo.InvariantCulture, $"### {message.Name}\n\n{comments[message.Name]}\n\n| field | type | |\n|---|---|---|\n");
            foreach (var field in message.Fields.InDeclarationOrder())
            {
                var choice = field.RealContainingOneof is { } oneof ? $"One of {string.Join(", ", oneof.Fields.Select(other => $"`{other.Name}`"))}. " : "";
                var values = field.FieldType == FieldType.Enum
                    ? string.Concat(field.EnumType.Values.Where(value => value.Number != 0).Select(value => $" `{value.Name}`: {comments[$"{field.EnumType.Name}.{value.Name}"]}"))
                    : "";
                text.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` | {TypeOf(field)} | {choice}{comments[$"{message.Name}.{field.Name}"]}{values} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string TypeOf(FieldDescriptor field)
    {
        var one = field switch
        {
            { IsMap: true } => "map of texts",
            { FieldType: FieldType.Message, MessageType.File.Package: "mesh.v1" } => $"[{field.MessageType.Name}](#{field.MessageType.Name.ToLowerInvariant()})",
            { FieldType: FieldType.Message, MessageType.Name: "Duration" } => "duration",
            { FieldType: FieldType.Message } or { FieldType: FieldType.UInt32 } => "number",
            { FieldType: FieldType.Double } => "decimal",
            { FieldType: FieldType.Bool } => "bool",
            { FieldType: FieldType.Enum } => "name",
            { FieldType: FieldType.String } => "text",
            _ => throw new InvalidOperationException($"{field.FullName}: a type that the page has no word for"),
        };
        return field is { IsRepeated: true, IsMap: false } ? $"list of {one}" : one;
    }

    /// <summary>What stands before each message, field and value: by <c>Message</c>, <c>Message.field</c>, <c>Enum.VALUE</c>.</summary>
    private static Dictionary<string, string> Comments(IEnumerable<string> lines)
    {
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        var within = new Stack<string>();
        var comment = new List<string>();
        foreach (var line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                comment.Add(line[2..].Trim());
                continue;
            }

            if (Block().Match(line) is { Success: true } block)
            {
                var isPart = block.Groups[1].Value == "oneof";
                within.Push(isPart ? within.Peek() : block.Groups[2].Value);
                if (!isPart)
                {
                    comments[block.Groups[2].Value] = string.Join(' ', comment);
                }
            }
            else if (line.StartsWith('}'))
            {
                within.Pop();
            }
            else if (Member().Match(line) is { Success: true } member && within.Count > 0)
            {
                comments[$"{within.Peek()}.{member.Groups[1].Value}"] = string.Join(' ', comment).Replace("|", "\\|", StringComparison.Ordinal);
            }

            comment.Clear();
        }

        return comments;
    }

    [GeneratedRegex(@"^(message|enum|oneof|service) (\w+) \{")]
    private static partial Regex Block();

    [GeneratedRegex(@"(\w+) = \d+( \[.*\])?;")]
    private static partial Regex Member();
}
