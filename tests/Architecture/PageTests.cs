using System.Text.RegularExpressions;

namespace Mesh.Architecture;

/// <summary>The pages for people can be found, and what they point at is there.</summary>
public sealed partial class PageTests
{
    private static readonly string[] Statuses = ["Holds", "Replaced"];

    [Theory]
    [InlineData("docs")]
    [InlineData("docs/adr")]
    public void Every_page_is_in_its_index(string folder)
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md").Select(page => Path.GetFileName(page)).Where(name => name != "README.md");
        var listed = Rows(folder).Select(row => row.Page);
        Assert.Equal(pages.Order(StringComparer.Ordinal), listed.Where(page => !page.Contains('/')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_decision_has_a_status() => Assert.All(Rows("docs/adr"), row => Assert.Contains(row.Cells[^1].Split(' ', ':')[0], Statuses));

    [Fact]
    public void A_link_within_the_repository_leads_to_a_file()
    {
        var faults =
            from page in Repository.Files(Repository.Root, ".md")
            from link in Link().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value)
            where !link.Contains(':') && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link))
            select $"{Path.GetRelativePath(Repository.Root, page)}: {link}";
        Assert.True(!faults.Any(), string.Join('\n', faults));
    }

    /// <summary>Decisions are left out: they tell what was.</summary>
    [Fact]
    public void A_path_in_code_quotes_is_there()
    {
        var faults =
            from page in Repository.Files(Repository.Root, ".md")
            where !page.Replace('\\', '/').Contains("/docs/adr/") && Path.GetFileName(page) != "CHANGELOG.md"
            from path in QuotedPath().Matches(File.ReadAllText(page)).SelectMany(match => Alternatives(match.Groups[1].Value))
            where !Path.Exists(Path.Combine(Repository.Root, path))
            select $"{Path.GetRelativePath(Repository.Root, page)}: {path}";
        Assert.True(!faults.Any(), string.Join('\n', faults));
    }

    /// <summary>The rows of a folder's index that begin with a link.</summary>
    private static IEnumerable<(string Page, string[] Cells)> Rows(string folder) =>
        from line in File.ReadLines(Path.Combine(Repository.Root, folder, "README.md"))
        let cells = line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray()
        let link = Link().Match(cells[0])
        where line.StartsWith("| [", StringComparison.Ordinal)
        select (link.Groups[1].Value, cells);

    /// <summary>"a/{b,c}.cs" stands for two paths.</summary>
    private static IEnumerable<string> Alternatives(string path) =>
        Braces().Match(path) is { Success: true } braces
            ? braces.Groups[1].Value.Split(',').Select(one => path.Replace(braces.Value, one, StringComparison.Ordinal))
            : [path];

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|docs|tests|bench|protos|deploy|\.ci)/[A-Za-z0-9._/{},-]+)`")]
    private static partial Regex QuotedPath();

    [GeneratedRegex(@"\{([^}]*)\}")]
    private static partial Regex Braces();
}
