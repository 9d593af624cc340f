using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>What differs between two versions of a resource: a line a field, as people and <c>grep</c> read it.</summary>
internal static class ConfigDiff
{
    /// <param name="output">Written to.</param>
    /// <param name="format">What is not for people is a JSON object a resource, which YAML is as well.</param>
    /// <param name="kind">Of both.</param>
    /// <param name="before">Null: there was none.</param>
    /// <param name="after">Without a version it is one that would be applied.</param>
    public static void Write(TextWriter output, OutputFormat format, string kind, ConfigResource? before, ConfigResource after)
    {
        var changes = kind == ConfigKindName.Policy
            ? FieldDiff.Of("config", before?.Config, after.Config)
            : FieldDiff.Of("inbound", before?.Inbound, after.Inbound);
        if (format != OutputFormat.Table)
        {
            output.WriteLine(PrintableText.Escaped(ToJson(kind, before, after, changes).ToJsonString()));
            return;
        }

        output.WriteLine(PrintableText.Of($"{ConfigKindName.Subject(after.Service, kind)}: {Name(before)} -> {(after.Version == 0 ? "as given" : Name(after))}{(changes.Count == 0 ? ": no difference" : "")}"));
        foreach (var (path, old, young) in changes)
        {
            output.WriteLine(PrintableText.Of((old, young) switch
            {
                (null, _) => $"  + {path}: {young}",
                (_, null) => $"  - {path}: {old}",
                _ => $"  ~ {path}: {old} -> {young}",
            }));
        }
    }

    private static JsonObject ToJson(string kind, ConfigResource? before, ConfigResource after, IReadOnlyList<FieldChange> changes) => new()
    {
        ["service"] = after.Service,
        ["kind"] = kind,
        ["from"] = before?.Version ?? 0,
        ["to"] = after.Version,
        ["changes"] = new JsonArray([.. changes.Select(change => (JsonNode)new JsonObject
        {
            ["path"] = change.Path,
            ["before"] = change.Before,
            ["after"] = change.After,
        })]),
    };

    private static string Name(ConfigResource? resource) =>
        resource is null ? "nothing" : string.Create(CultureInfo.InvariantCulture, $"version {resource.Version}");
}
