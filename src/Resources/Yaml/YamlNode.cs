namespace Mesh.Resources.Yaml;

/// <summary>A node of a document with the place it begins at, both counted from 1.</summary>
internal abstract record YamlNode(long Line, long Column);

/// <summary>Text; plain text (not quoted) may also be a number, a boolean or null.</summary>
internal sealed record YamlScalar(string Text, bool IsPlain, long Line, long Column) : YamlNode(Line, Column);

/// <summary>A list.</summary>
internal sealed record YamlSequence(IReadOnlyList<YamlNode> Items, long Line, long Column) : YamlNode(Line, Column);

/// <summary>Keys and values in the order of the document, duplicates included.</summary>
internal sealed record YamlMapping(IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries, long Line, long Column)
    : YamlNode(Line, Column);
