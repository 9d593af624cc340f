using Mesh.Cli.Processes;

namespace Mesh.Cli.Tests.Processes;

public sealed class ExecutablesTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory();

    [Fact]
    public void A_program_is_found_beside_the_folder_the_CLI_was_built_to()
    {
        var built = Make("bin/Sidecar/debug/mesh-sidecar");
        Assert.Equal(built, Find("bin/Cli/debug/", "elsewhere"));
    }

    [Fact]
    public void A_build_of_the_other_configuration_is_not_taken()
    {
        Make("bin/Sidecar/release/mesh-sidecar");
        Assert.Throws<CliException>(() => Find("bin/Cli/debug/", ""));
    }

    [Fact]
    public void A_program_is_found_in_the_folder_of_the_CLI()
    {
        var beside = Make("app/mesh-sidecar");
        Assert.Equal(beside, Find("app", ""));
    }

    [Fact]
    public void A_program_is_found_on_the_path_when_it_is_nowhere_near()
    {
        var onPath = Make("usr/bin/mesh-sidecar");
        var path = string.Join(Path.PathSeparator, Path.Combine(_root.FullName, "none"), Path.Combine(_root.FullName, "usr/bin"));
        Assert.Equal(onPath, Find("bin/Cli/debug", path));
    }

    [Fact]
    public void A_program_that_is_not_there_is_named_together_with_the_way_to_build_it()
    {
        var error = Assert.Throws<CliException>(() => Find("bin/Cli/debug", ""));
        Assert.Contains("mesh-sidecar is not built", error.Message);
        Assert.Contains("dotnet build src/Sidecar", error.Message);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private string Find(string baseDirectory, string path) =>
        Executables.Find("mesh-sidecar", Path.Combine(_root.FullName, baseDirectory), path);

    private string Make(string file)
    {
        var full = new FileInfo(Path.Combine(_root.FullName, file));
        full.Directory!.Create();
        full.Create().Dispose();
        return full.FullName;
    }
}
