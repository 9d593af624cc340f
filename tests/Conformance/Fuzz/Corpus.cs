namespace Mesh.Conformance.Fuzz;

/// <summary>The inputs that lie in the repository: a file of hexadecimal digits each, in a folder for each target.</summary>
internal static class Corpus
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus");

    public static byte[][] Of(string target) =>
        [.. Directory.GetFiles(Path.Combine(Folder, target), "*.hex").Order(StringComparer.Ordinal).Select(Read)];

    public static byte[]? Find(string name)
    {
        var file = Path.Combine(Folder, name + ".hex");
        return File.Exists(file) ? Read(file) : null;
    }

    /// <summary>In lines that a diff can show.</summary>
    public static string ToText(byte[] bytes) =>
        string.Join('\n', bytes.Chunk(64).Select(line => Convert.ToHexStringLower(line))) + "\n";

    private static byte[] Read(string file) => Convert.FromHexString(string.Concat(File.ReadAllText(file).Where(char.IsAsciiHexDigit)));
}
