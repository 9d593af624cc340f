using System.Diagnostics;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>What a shell offers behind a line that is not whole, asked of the real executable in the way the printed script asks.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("meshctl roll", "rollback rollout")]
    [InlineData("meshctl rollout st", "status")]
    [InlineData("meshctl rollout pro", "promote")]
    [InlineData("meshctl apply --can", "--canary")]
    [InlineData("meshctl apply --wait-", "--wait-timeout")]
    [InlineData("meshctl list -o ", "json table yaml")]
    [InlineData("meshctl nothing-like-it", "")]
    public async Task Bash_completes_by_the_script(string line, string offered)
    {
        // As bash calls it at the second Tab.
        const string ask = "source <(meshctl completion bash) && COMP_LINE=$1 COMP_POINT=${#1} && _meshctl && echo \"${COMPREPLY[*]}\"";
        var start = new ProcessStartInfo("bash", ["-c", ask, "bash", line]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Built.Executable("meshctl"))}:{start.Environment["PATH"]}";
        using var bash = Process.Start(start)!;
        Assert.Equal(offered, (await bash.StandardOutput.ReadToEndAsync()).Trim().Replace('\n', ' '));
        await bash.WaitForExitAsync();
        Assert.Equal(0, bash.ExitCode);
    }

    [Theory]
    [InlineData("zsh", "compdef _meshctl meshctl")]
    [InlineData("fish", "complete -c meshctl")]
    public async Task Other_shells_have_a_script_of_their_own(string shell, string part)
    {
        var output = new StringWriter();
        Assert.Equal(0, await Meshctl.RunAsync(["completion", shell], output, TextWriter.Null, CancellationToken.None));
        Assert.Contains(part, output.ToString(), StringComparison.Ordinal);
    }
}
