namespace Mesh.Cli.Verbs;

/// <summary>Who makes a change, as the versions it makes will say: user@host. Nobody checks it.</summary>
internal static class Author
{
    /// <summary>As the API bounds it.</summary>
    private const int Longest = 256;

    public static string Name { get; } = PrintableText.Of($"{Or(Environment.UserName)}@{Or(Environment.MachineName)}") is var name && name.Length <= Longest
        ? name
        : name[..Longest];

    // A container's user may have no name.
    private static string Or(string name) => name.Length == 0 ? "unknown" : name;
}
