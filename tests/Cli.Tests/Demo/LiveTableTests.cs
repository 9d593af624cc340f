using Mesh.Cli.Demo;
using Mesh.Cli.Load;
using Mesh.V1;
using Spectre.Console;

namespace Mesh.Cli.Tests.Demo;

public sealed class LiveTableTests
{
    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(200, 50)]
    public void A_frame_fits_the_terminal_with_the_last_news_and_how_to_end_in_it(int width, int height)
    {
        var lines = Draw(width, height);
        // The cursor stands in the line below.
        Assert.InRange(lines.Length, 1, height - 1);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Equal("Ctrl-C ends everything", lines[^1]);
        Assert.StartsWith("00:19 news 19", lines[^2], StringComparison.Ordinal);
        Assert.StartsWith("61:01", lines[0], StringComparison.Ordinal);
        foreach (var edge in Topology.Edges.Where(edge => edge.From != Topology.Client))
        {
            Assert.Contains(lines, line => line.StartsWith(edge.ToString(), StringComparison.Ordinal) && line.TrimEnd().EndsWith("99999.9", StringComparison.Ordinal));
        }

        Assert.Contains(lines, line => line.Contains("notifications-1", StringComparison.Ordinal) && line.Contains("UNHEALTHY", StringComparison.Ordinal));
    }

    [Fact]
    public void A_taller_terminal_shows_more_of_the_news() =>
        Assert.True(News(Draw(80, 40)) > News(Draw(80, 24)) && News(Draw(80, 24)) > 1);

    private static int News(string[] lines) => lines.Count(line => line.Contains(" news ", StringComparison.Ordinal));

    private static string[] Draw(int width, int height)
    {
        var rate = new EdgeRate(10_000, 0.9999, 99_999.9, 99_999.9);
        var frame = new LiveFrame(
            TimeSpan.FromSeconds(3661),
            [
                .. CallKind.All.Select(kind => ($"{Topology.Client} → {kind.Service}/{kind.Method}", rate)),
                .. Topology.Edges.Where(edge => edge.From != Topology.Client).Select(edge => (edge.ToString(), rate)),
            ],
            rate,
            1_000_000,
            1_000,
            [.. Topology.Instances.Select(plan => new Instance { Id = plan.Name, Address = "127.0.0.1", Port = 65535, Status = ServiceStatus.Unhealthy })],
            "events: 123456, 0 to take  email: 10 open, 9999 done, 0 dead  notification: 0 open, 99 done, 1 dead",
            [.. Enumerable.Range(0, 20).Select(number => $"00:{number:00} news {number} {new string('x', 300)}")]);
        var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        (console.Profile.Width, console.Profile.Height) = (width, height);
        console.Write(LiveTable.Draw(frame, width, height));
        return text.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()).ToArray();
    }
}
