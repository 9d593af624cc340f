namespace Mesh.Resources.Validation;

/// <summary>One thing that is wrong with a message.</summary>
/// <param name="Path">The field, by its proto names: <c>config.routes[0].match.prefix</c>, <c>metadata['key']</c>.</param>
/// <param name="What">What is wrong and what would be right.</param>
internal readonly record struct Finding(string Path, string What)
{
    public override string ToString() => $"{Path}: {What}";
}
