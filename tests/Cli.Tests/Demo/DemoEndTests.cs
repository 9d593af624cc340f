using System.Diagnostics;
using System.Globalization;

namespace Mesh.Cli.Tests.Demo;

/// <summary>However <c>meshctl demo</c> ends, nothing that it has started stays behind.</summary>
public sealed class DemoEndTests
{
    /// <summary>A control plane, six services, seven sidecars.</summary>
    private const int Started = 14;

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Nothing_it_has_started_outlives_it(string signal)
    {
        // What runs the tests may have set SIGINT to be ignored, as a shell does for what it starts in the background.
        using var demo = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM", Built.Executable("meshctl"), "demo", "--rate", "10"])
        {
            RedirectStandardOutput = true,
        })!;
        using var limit = new CancellationTokenSource(Built.Limit);
        var printed = new List<string>();
        while (await demo.StandardOutput.ReadLineAsync(limit.Token) is { } line && !line.StartsWith("control plane ", StringComparison.Ordinal))
        {
            printed.Add(line);
        }

        var children = Children.Of(demo.Id);
        Assert.True(children.Count == Started, $"{children.Count} processes are there, not {Started}:\n{string.Join('\n', printed)}");

        using (var kill = Process.Start("kill", [$"-{signal}", demo.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        try
        {
            await demo.WaitForExitAsync(limit.Token);
            foreach (var child in children)
            {
                await child.WaitForExitAsync(limit.Token);
            }
        }
        finally
        {
            // Only if it has failed: a whole mesh left behind would be in the way of the tests that follow.
            demo.Kill();
            children.ForEach(child => child.Kill());
            children.ForEach(child => child.Dispose());
        }
    }
}
