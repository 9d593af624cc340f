using System.Text.RegularExpressions;
using Mesh.Tests;

namespace Mesh.Conformance;

/// <summary>docs/conformance.md says where each rule is tested; what it says must be so.</summary>
public sealed partial class ConformancePageTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var named = Named().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "conformance.md"))).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(named.Length > 100);
        // Some of them start processes, and are in other projects.
        var tests = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Method().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}"))
            .ToHashSet();
        Assert.Empty(named.Where(name => !tests.Contains(name)).Distinct());
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"public (?:async Task|void) (\w+)\(")]
    private static partial Regex Method();
}
