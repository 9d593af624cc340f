using Mesh.Integration.Deploy;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Readme;

/// <summary>What README shows is what the programs do. Its sample of the demo is compared where the demo is run.</summary>
public sealed class ReadmeTests
{
    [Theory]
    [InlineData("meshctl")]
    [InlineData("mesh-sidecar")]
    [InlineData("mesh-control-plane")]
    [InlineData("mesh-demo")]
    public async Task Every_program_is_where_it_says_and_starts(string program)
    {
        var path = ReadmePage.Blocks.SelectMany(block => block).Single(line => line.StartsWith("export PATH=", StringComparison.Ordinal));
        var folders = path.Split('"')[1].Split(':').Where(folder => folder.StartsWith("$PWD/", StringComparison.Ordinal)).ToList();
        var own = new DirectoryInfo(AppContext.BaseDirectory).Name;
        // The first of them, as a shell looks.
        var file = folders
            .Select(folder => folder.Replace("$PWD", Executables.Repository, StringComparison.Ordinal).Replace("/debug", $"/{own}", StringComparison.Ordinal))
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        Assert.NotNull(file);
        await using var process = MeshProcess.Start(program, file, ["--version"]);
        Assert.True(await process.ExitCodeAsync() == 0, $"{file}: {string.Join('\n', process.Errors)}");
    }

    [Fact]
    public void Every_command_has_the_verbs_and_options_it_shows()
    {
        Assert.NotEmpty(ReadmePage.Commands);
        foreach (var command in ReadmePage.Commands)
        {
            var line = CommandLine.Parse([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            var help = ProgramHelp.Of(line.Program, line.Verb);
            Assert.True(help is not null, command);
            Assert.All(line.Options, option => Assert.Contains(option.Option, help.Options));
        }
    }

    [Fact]
    public async Task The_sidecar_takes_the_file_it_shows_and_prints_what_it_shows()
    {
        const string command = "mesh-sidecar --static mesh.yaml --outbound 127.0.0.1:15001";
        await using var sidecar = await Sidecar.StartStaticAsync(string.Join('\n', ReadmePage.OutputOf("cat mesh.yaml")));
        Assert.Equal(
            ReadmePage.OutputOf(command).Select(ReadmePage.Pattern),
            sidecar.Process.Output.Select(ReadmePage.Pattern).Where(line => !line.StartsWith("listening inbound ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_fault_in_that_file_is_told_as_it_shows()
    {
        var lines = ReadmePage.OutputOf("cat mesh.yaml").ToArray();
        lines[^1] = "    retry: { max_attempts: 11 }";
        var file = Path.Combine(Directory.CreateTempSubdirectory("mesh-readme-").FullName, "mesh.yaml");
        await File.WriteAllLinesAsync(file, lines);
        await using var sidecar = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, ["--static", file, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        Assert.Equal(2, await sidecar.ExitCodeAsync());
        var fault = Assert.Single(sidecar.Errors);
        Assert.True(ReadmePage.Says($"`{fault[fault.IndexOf("mesh.yaml:", StringComparison.Ordinal)..]}`"), fault);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
