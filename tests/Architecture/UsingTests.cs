using System.Text.RegularExpressions;

namespace Mesh.Architecture;

/// <summary>
/// The order of the usings, as <c>dotnet format</c> makes it: namespaces, those of the base library first, then what is static,
/// then other names. It would compile all projects to look.
/// </summary>
public sealed partial class UsingTests
{
    private const string Keyword = "using ";

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void Usings_stand_in_order(string folder)
    {
        var faults =
            from file in Repository.Files(Path.Combine(Repository.Root, folder), ".cs")
            let usings = Using().Matches(File.ReadAllText(file)).Select(match => match.Value.TrimEnd('\r')).ToList()
            where !usings.SequenceEqual(usings.OrderBy(Place).ThenBy(NameOf, StringComparer.OrdinalIgnoreCase))
            select Path.GetRelativePath(Repository.Root, file);
        Assert.Equal("", string.Join('\n', faults));
    }

    private static int Place(string line) => line switch
    {
        _ when line.StartsWith("using static ", StringComparison.Ordinal) => 2,
        _ when line.Contains('=', StringComparison.Ordinal) => 3,
        _ => NameOf(line).Split('.')[0] == "System" ? 0 : 1,
    };

    private static string NameOf(string line) => line.Replace("static ", "", StringComparison.Ordinal)[Keyword.Length..^1];

    // With nothing before it, as it stands in the files: what a method uses is set in.
    [GeneratedRegex(@"^using (static )?[\w.]+( = [\w.]+)?;\r?$", RegexOptions.Multiline)]
    private static partial Regex Using();
}
