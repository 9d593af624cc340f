using System.Text.RegularExpressions;

namespace Mesh.Architecture;

/// <summary>What is to wake people goes by metrics that there are.</summary>
public sealed partial class AlertTests
{
    private static readonly string[] OfHistograms = ["_bucket", "_sum", "_count"];

    [Fact]
    public void Every_metric_of_an_alert_is_one_that_a_sidecar_exports()
    {
        var exported = Repository.Files(Path.Combine(Repository.Root, "src", "Sidecar", "Admin"), ".cs")
            .SelectMany(file => Quoted().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);
        var named = Name().Matches(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "alerts.yml"))).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        Assert.True(named.Count > 5);
        Assert.Equal([], named.Where(name => !exported.Contains(name) && !OfHistograms.Any(end => name.EndsWith(end, StringComparison.Ordinal) && exported.Contains(name[..^end.Length]))));
    }

    [GeneratedRegex("\"(mesh_[a-z0-9_]+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bmesh_[a-z0-9_]+")]
    private static partial Regex Name();
}
