using System.Xml.Linq;

namespace Mesh.Architecture;

/// <summary>Dependencies between the projects point one way, as ARCHITECTURE.md draws them.</summary>
public sealed class ProjectReferenceTests
{
    /// <summary>What each project may refer to, directly or through others.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Protos"] = [],
        ["Wire"] = ["Values"],
        ["Policy"] = [],
        ["Values"] = [],
        ["Messaging"] = [],
        ["Hosting"] = ["Values"],
        ["Resources"] = ["Protos", "Policy", "Values"],
        ["Sidecar"] = ["Wire", "Policy", "Protos", "Resources", "Hosting", "Values"],
        ["ControlPlane"] = ["Protos", "Policy", "Resources", "Hosting", "Values", "Messaging"],
        ["DemoServices"] = ["Protos", "Hosting", "Values"],
        ["Diagnosis"] = ["Protos", "Values"],
        ["Cli"] = ["Protos", "Diagnosis", "Resources", "Policy", "Hosting", "Values"],
    };

    /// <summary>The engine and the decisions are built on the base library alone, as are the words that all use.</summary>
    private static readonly string[] WithoutPackages = ["Wire", "Policy", "Values"];

    [Fact]
    public void Every_project_is_known_to_this_test()
    {
        Assert.Equal(Allowed.Keys.Order(), Projects().Keys.Order());
    }

    [Fact]
    public void A_project_refers_only_to_what_lies_below_it()
    {
        var projects = Projects();
        var faults =
            from project in projects
            from reference in Closure(project.Key, projects)
            where !Allowed[project.Key].Contains(reference)
            select $"{project.Key} must not depend on {reference}";
        Assert.Empty(faults);
    }

    [Fact]
    public void The_engine_the_policies_and_the_values_refer_to_no_package()
    {
        foreach (var name in WithoutPackages)
        {
            var project = XDocument.Load(Projects()[name]);
            Assert.Empty(project.Descendants("PackageReference"));
            Assert.Empty(project.Descendants("FrameworkReference"));
        }
    }

    /// <summary>Messages are kept with SQLite and PostgreSQL alone: who serves them, and how, is another's matter.</summary>
    [Fact]
    public void Messaging_refers_to_databases_alone()
    {
        var packages = XDocument.Load(Projects()["Messaging"]).Descendants("PackageReference").Select(package => (string?)package.Attribute("Include"));
        Assert.Equal(["Microsoft.Data.Sqlite", "Npgsql"], packages);
    }

    [Fact]
    public void The_engine_and_the_policies_do_not_know_each_other_nor_the_network_stack_of_others()
    {
        Assert.Empty(Sources("Wire", "using Mesh.Policy"));
        Assert.Empty(Sources("Policy", "using Mesh.Wire"));
        Assert.Empty(Sources("Policy", "System.Net.Sockets"));
        Assert.Empty(Sources("Policy", "System.Threading.Tasks"));
        Assert.Empty(Sources("Policy", "TimeProvider"));
    }

    private static IEnumerable<string> Sources(string project, string text) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(Projects()[project])!, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadLines(file).Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal)));

    private static HashSet<string> Closure(string project, Dictionary<string, string> projects)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>([project]);
        while (open.TryPop(out var name))
        {
            // What is only built along (the executables that the CLI starts) is no dependency of its code.
            var references = XDocument.Load(projects[name]).Descendants("ProjectReference")
                .Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
                .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));
            foreach (var reference in references)
            {
                if (found.Add(reference))
                {
                    open.Push(reference);
                }
            }
        }

        return found;
    }

    private static Dictionary<string, string> Projects() =>
        Repository.Files(Path.Combine(Repository.Root, "src"), ".csproj")
            .Concat(Repository.Files(Path.Combine(Repository.Root, "protos"), ".csproj"))
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file));
}
