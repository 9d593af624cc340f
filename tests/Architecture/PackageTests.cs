using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Mesh.Architecture;

/// <summary>Which packages are built with is decided in one place, and not by who restores them when (docs/adr/0050).</summary>
public sealed partial class PackageTests
{
    [Fact]
    public void Every_version_is_exact()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToList();
        Assert.NotEmpty(versions);
        Assert.All(versions, package => Assert.Matches(Exact(), package.Attribute("Version")!.Value));
    }

    [Fact]
    public void No_project_has_a_version_of_its_own()
    {
        var faults =
            from project in Repository.Files(Repository.Root, ".csproj")
            from package in XDocument.Load(project).Descendants("PackageReference")
            where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
            select $"{Path.GetRelativePath(Repository.Root, project)}: {package.Attribute("Include")?.Value}";
        Assert.True(!faults.Any(), string.Join('\n', faults));
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+(\.\d+)?(-[\w.]+)?$")]
    private static partial Regex Exact();
}
