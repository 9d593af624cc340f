using System.Diagnostics;
using System.Globalization;

namespace Mesh.Architecture;

/// <summary>What <c>./test</c> makes of what its projects say, with a stand-in for the SDK; and that nothing is forgotten.</summary>
public sealed class TestScriptTests : IDisposable
{
    private const string Passing = "  Passed Some.Test [1 ms]\nTotal tests: 3\n     Passed: 3\n Total time: 1 Second";

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-test-").FullName;

    [Fact]
    public async Task The_last_line_sums_up_all_projects()
    {
        Add("One.Tests", Passing);
        Add("Two.Tests", "Total tests: 4\n     Passed: 3\n    Skipped: 1\n Total time: 1 Second");
        Add("Integration", Passing);
        Add("Foreign", Passing);
        var (code, lines) = await Run();
        Assert.Equal("12 passed, 0 failed, 1 skipped", lines[^1]);
        Assert.Equal(0, code);
        Assert.Contains(lines, line => line.Contains("One.Tests: 3 passed, 0 failed, 0 skipped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_starts_sidecars_is_given_the_native_one_once_it_is_published()
    {
        Add("Integration", Passing);
        Add("One.Tests", Passing);
        var (code, _) = await Run();
        Assert.Equal(0, code);
        Assert.Equal(Path.Combine(_folder, "artifacts/publish/Sidecar/release_native/mesh-sidecar") + " published\n", SidecarOf("Integration"));
        Assert.StartsWith(" ", SidecarOf("One.Tests"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_native_sidecar_what_starts_it_fails_and_all_else_runs()
    {
        Add("Integration", Passing);
        Add("One.Tests", Passing);
        File.WriteAllText(Path.Combine(_folder, "publish.code"), "1");
        var (code, lines) = await Run();
        Assert.Equal((1, "3 passed, 0 failed, 0 skipped"), (code, lines[^1]));
        Assert.Contains(lines, line => line.Contains("Integration needs the native sidecar and did not run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_is_shown_and_the_exit_code_says_so()
    {
        Add("One.Tests", Passing);
        Add("Two.Tests", "  Failed Some.Bad.Test [1 ms]\n  Error Message:\n   it is blue\n  Passed Some.Test [1 ms]\nTotal tests: 2\n     Passed: 1\n     Failed: 1\n Total time: 1 Second", code: 1);
        var (code, lines) = await Run("--only", "One.Tests", "--only", "Two.Tests");
        Assert.Equal("4 passed, 1 failed, 0 skipped", lines[^1]);
        Assert.Equal(1, code);
        Assert.Contains("   it is blue", lines);
        Assert.DoesNotContain(lines, line => line.Contains("Passed Some.Test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_project_that_ends_without_a_result_is_a_failure()
    {
        Add("One.Tests", Passing);
        Add("Two.Tests", "The active test run was aborted. Reason: Test host process crashed", code: 1);
        var (code, lines) = await Run("--only", "One.Tests", "--only", "Two.Tests");
        Assert.Equal("3 passed, 0 failed, 0 skipped", lines[^1]);
        Assert.Equal(1, code);
        Assert.Contains(lines, line => line.Contains("Two.Tests", StringComparison.Ordinal) && line.Contains("WITHOUT A RESULT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Code_that_is_laid_out_wrong_is_a_failure_and_shown()
    {
        Add("One.Tests", Passing);
        File.WriteAllText(Path.Combine(_folder, "layout.fault"), "Some.cs(7,1): error WHITESPACE\n");
        var (code, lines) = await Run();
        Assert.Equal((1, "3 passed, 1 failed, 0 skipped"), (code, lines[^1]));
        Assert.Contains("Some.cs(7,1): error WHITESPACE", lines);
    }

    [Fact]
    public async Task A_build_that_fails_ends_it()
    {
        Add("One.Tests", Passing);
        File.WriteAllText(Path.Combine(_folder, "build.code"), "1");
        var (code, lines) = await Run("--only", "One.Tests");
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (code, lines[^1]));
    }

    [Fact]
    public async Task A_run_that_is_broken_off_leaves_nothing_behind()
    {
        Add("One.Tests", Passing);
        // The stand-in for a project's run says who it is, and then hangs.
        File.WriteAllText(Path.Combine(_folder, "hang"), "");
        using var script = Start("--only", "One.Tests");
        var said = Path.Combine(_folder, "pid");
        while (!File.Exists(said) || File.ReadAllText(said) is not [.., '\n'])
        {
            Assert.False(script.HasExited);
            await Task.Yield();
        }

        using var hanging = Process.GetProcessById(int.Parse(File.ReadAllText(said), CultureInfo.InvariantCulture));
        using (var kill = Process.Start("kill", ["-TERM", script.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await script.WaitForExitAsync();
        await hanging.WaitForExitAsync();
        Assert.Equal(143, script.ExitCode);
    }

    [Theory]
    [InlineData("test: --only: 'Nope' is no project under tests/", "--only", "Nope")]
    [InlineData("test: --only: '--no-install' is no project under tests/", "--only")]
    [InlineData("test: '--fast': there is no such option; --help lists them", "--fast")]
    public async Task A_wrong_option_is_one_line_and_code_2(string complaint, params string[] args)
    {
        var (code, lines) = await Run(args);
        Assert.Equal((2, complaint), (code, Assert.Single(lines)));
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        var (code, lines) = await Run("--help");
        Assert.Equal(0, code);
        foreach (var option in new[] { "--only", "--no-install", "--help" })
        {
            Assert.Contains(lines, line => line.Contains(option, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_the_solution_does_not_hold_its_test_run_names()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Mesh.sln"));
        var leftOut = Directory.GetDirectories(Path.Combine(Repository.Root, "tests")).Select(folder => Path.GetFileName(folder)!)
            .Where(name => !solution.Contains($@"tests\{name}\{name}.csproj", StringComparison.Ordinal));
        var named = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Solution.targets"));
        Assert.Equal(["Foreign"], leftOut);
        Assert.Contains("<TestsLeftOut Include=\"$(SolutionDir)tests/Foreign/*.csproj\" />", named, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The native sidecar as a project's run was told of it, and whether there was one.</summary>
    private string SidecarOf(string project) => File.ReadAllText(Path.Combine(_folder, "tests", project, "sidecar"));

    private void Add(string project, string output, int code = 0)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "tests", project)).FullName;
        File.WriteAllText(Path.Combine(folder, project + ".csproj"), "");
        File.WriteAllText(Path.Combine(folder, "output"), output + "\n");
        File.WriteAllText(Path.Combine(folder, "code"), $"{code}");
    }

    private async Task<(int Code, string[] Lines)> Run(params string[] args)
    {
        using var script = Start(args);
        var errors = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync() + await errors;
        await script.WaitForExitAsync();
        return (script.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Process Start(params string[] args)
    {
        File.Copy(Path.Combine(Repository.Root, "test"), Path.Combine(_folder, "test"));
        var bin = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        File.WriteAllText(Path.Combine(bin, "dotnet"), """
            #!/bin/sh
            case $1 in
              build) echo "  Some -> some.dll"; exit $(cat build.code 2>/dev/null || echo 0) ;;
              format) ! cat layout.fault 2>/dev/null; exit $? ;;
              publish) touch published; exit $(cat publish.code 2>/dev/null || echo 0) ;;
              test)
                if [ -e hang ]; then echo $$ >pid; exec sleep 600; fi
                project=${2#artifacts/bin/}
                cd "tests/${project%%/*}"
                echo "${MESH_SIDECAR_PATH-} $(cd ../.. && ls published 2>/dev/null)" >sidecar
                cat output; exit $(cat code) ;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(bin, "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("bash", [Path.Combine(_folder, "test"), .. args.Contains("--help") ? args : [.. args, "--no-install"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}";
        return Process.Start(start)!;
    }
}
