using Google.Protobuf;
using Mesh.Resources.Yaml;

namespace Mesh.Resources;

/// <summary>
/// Reads and writes messages as YAML: the JSON form of a protobuf message (of which JSON text is a subset), strictly. A
/// field is named as in the proto or in lowerCamelCase; durations may also be written "250ms" or "1m30s". Stateless.
/// </summary>
/// <remarks>
/// Errors are one line each, <c>FILE:LINE:COLUMN: path.to.field: what is wrong; what would be right</c>. Anchors, aliases
/// and tags are refused; size, depth and number of values are bounded. Whether the values make sense is not looked at
/// here: <see cref="ConfigReader"/> and <see cref="StaticFileReader"/> do both.
/// </remarks>
public static class ResourceYaml
{
    /// <summary>Reads exactly one document; an empty one, <c>{}</c> and null are the message without fields.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="sourceName">The file's name, for the errors.</param>
    /// <param name="message">What was read; only to be used on success.</param>
    /// <param name="errors">At least one on failure.</param>
    public static bool TryRead<T>(string text, string sourceName, out T message, out IReadOnlyList<string> errors)
        where T : IMessage<T>, new()
    {
        var faults = new FaultList(sourceName);
        ReadOne(text, faults, out message);
        errors = faults.Lines;
        return faults.IsEmpty;
    }

    /// <summary>The document that the message was read from; null if there is none.</summary>
    internal static YamlNode? ReadOne<T>(string text, FaultList faults, out T message)
        where T : IMessage<T>, new()
    {
        var documents = DocumentReader.ReadAll(text, faults);
        message = new T();
        if (documents.Count == 0)
        {
            return null;
        }

        if (documents.Count > 1)
        {
            faults.Add(documents[1], "", "a second document begins here; one is expected");
        }

        new MessageReader(faults).ReadRoot(documents[0], message);
        return documents[0];
    }

    /// <summary>Writes a message in block style, fields without a value left out; ends with a line feed.</summary>
    public static string WriteYaml(IMessage message) => BlockWriter.Write(message);
}
