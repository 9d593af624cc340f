using System.Globalization;
using Mesh.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Cli.Demo;

/// <summary>Draws a frame of the live demo on a terminal: whole from 80 × 24 on, with more of the news on a taller one.</summary>
internal static class LiveTable
{
    private const int MostNews = 12;

    /// <param name="frame">What is to be seen.</param>
    /// <param name="width">The terminal's, in columns.</param>
    /// <param name="height">The terminal's, in lines.</param>
    public static IRenderable Draw(LiveFrame frame, int width, int height)
    {
        List<IRenderable> parts = [Head(frame), Edges(frame), Text.Empty, .. frame.Instances.Select(Line), new Text(Cut(frame.Messages, width))];
        // The table has a line of titles. The last line of the terminal is the cursor's, the one above it says how to end.
        var used = parts.Count + frame.Rows.Count + 2;
        parts.AddRange(frame.News.TakeLast(Math.Clamp(height - used, 1, MostNews)).Select(news => new Text(Cut(news, width))));
        parts.Add(new Text("Ctrl-C ends everything", new Style(decoration: Decoration.Dim)));
        return new Rows(parts);
    }

    /// <summary>A figure, or a dash if there is none.</summary>
    public static string Figure(double value, string format) =>
        double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    private static Text Head(LiveFrame frame) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{LiveLines.Time(frame.Elapsed)}  {frame.Load.PerSecond:0} calls/s  {frame.Calls} calls, {frame.Failures} failed"),
        new Style(frame.Failures == 0 ? Color.Green : Color.Red, decoration: Decoration.Bold));

    private static Table Edges(LiveFrame frame)
    {
        var title = new Style(decoration: Decoration.Bold);
        var table = new Table().Border(TableBorder.None).AddColumn(Column("edge").PadRight(2));
        foreach (var name in new[] { "calls/s", "success %", "p50 ms", "p99 ms" })
        {
            table.AddColumn(Column(name).RightAligned().PadLeft(2));
        }

        foreach (var (name, rate) in frame.Rows)
        {
            table.AddRow(
                new Text(name),
                new Text(Figure(rate.PerSecond, "0.0")),
                new Text(Figure(rate.Success * 100, "0.00"), rate.Success < 1 ? new Style(Color.Red) : Style.Plain),
                new Text(Figure(rate.P50, "0.0")),
                new Text(Figure(rate.P99, "0.0")));
        }

        return table;

        TableColumn Column(string name) => new TableColumn(new Text(name, title)).NoWrap();
    }

    private static Text Line(Instance instance) => new(
        $"{instance.Id,-16} {instance.Status.ToString().ToUpperInvariant(),-10} {new HostPort(instance.Address, (int)instance.Port)}",
        new Style(instance.Status == ServiceStatus.Healthy ? Color.Green : Color.Yellow));

    // Broken into two lines, it would push the last line off the screen.
    private static string Cut(string text, int width) => text.Length <= width ? text : $"{text[..(width - 1)]}…";
}
