using Google.Protobuf;
using Mesh.Resources;

namespace Mesh.Cli.Output;

/// <summary>Writes messages of the API as they are: JSON a line each, YAML a document each.</summary>
internal static class Messages
{
    /// <summary>False for the format that is for people, which each verb has its own of.</summary>
    public static bool TryWrite(TextWriter output, OutputFormat format, IMessage message)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine(PrintableText.Escaped(JsonFormatter.Default.Format(message)));
                return true;
            case OutputFormat.Yaml:
                output.WriteLine("---");
                output.Write(ResourceYaml.WriteYaml(message));
                return true;
            default:
                return false;
        }
    }
}
