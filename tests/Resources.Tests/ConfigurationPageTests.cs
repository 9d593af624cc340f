using System.Text.RegularExpressions;
using Mesh.Tests;

namespace Mesh.Resources.Tests;

/// <summary>What docs/configuration.md shows can be applied as it stands.</summary>
public sealed partial class ConfigurationPageTests
{
    [Fact]
    public void Every_example_is_a_resource()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "configuration.md"));
        var examples = Example().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(examples.Count > 2);
        Assert.All(examples, example =>
        {
            var reader = new ConfigReader();
            reader.Read(example, "configuration.md");
            Assert.True(reader.Faults.Count == 0, string.Join('\n', reader.Faults));
            Assert.Single(reader.Resources);
        });
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
