using System.Diagnostics;
using System.Globalization;

namespace Mesh.Cli.Tests.Demo;

/// <summary>The exit code of the demo that runs until it is told to end: whether a call has failed.</summary>
public sealed class DemoCodeTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Whether_a_call_has_failed_is_said_at_its_end_and_is_its_code(bool killsTheOnlyPayments, int code)
    {
        using var demo = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM", Built.Executable("meshctl"), "demo", "--rate", "20"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            await LineAsync(demo, @"[1-9]\d* calls, 0 failed;");
            if (killsTheOnlyPayments)
            {
                foreach (var process in Children.Of(demo.Id).Where(process => IsPayments(process.Id)))
                {
                    process.Kill();
                }

                await LineAsync(demo, @"calls, [1-9]\d* failed;");
            }

            using (var kill = Process.Start("kill", ["-INT", demo.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            await LineAsync(demo, killsTheOnlyPayments ? @"^\d+ calls, [1-9]\d* failed$" : @"^\d+ calls, 0 failed$");
            using var limit = new CancellationTokenSource(Built.Limit);
            await demo.WaitForExitAsync(limit.Token);
            Assert.Equal(code, demo.ExitCode);
        }
        finally
        {
            demo.Kill(); // its children end with it
        }
    }

    private static async Task LineAsync(Process demo, string pattern)
    {
        using var limit = new CancellationTokenSource(Built.Limit);
        var read = new List<string>();
        while (await demo.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            read.Add(line);
            if (System.Text.RegularExpressions.Regex.IsMatch(line, pattern))
            {
                return;
            }
        }

        Assert.Fail($"no line is like {pattern}:\n{string.Join('\n', read)}");
    }

    private static bool IsPayments(int process) =>
        File.ReadAllText($"/proc/{process}/cmdline").Split('\0') is [var program, "payments", ..] && program.EndsWith("mesh-demo", StringComparison.Ordinal);
}
