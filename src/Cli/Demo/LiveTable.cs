using System.Globalization;
using Mesh.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Cli.Demo;

/// <summary>Draws a frame of the live demo on a terminal.</summary>
internal static class LiveTable
{
    private const int ShownNews = 8;

    public static IRenderable Draw(LiveFrame frame)
    {
        var parts = new List<IRenderable> { Head(frame), Edges(frame), Instances(frame) };
        parts.AddRange(frame.News.TakeLast(ShownNews).Select(news => new Text(news)));
        parts.Add(new Text("Ctrl-C ends everything", new Style(decoration: Decoration.Dim)));
        return new Rows(parts);
    }

    /// <summary>A figure, or a dash if there is none.</summary>
    public static string Figure(double value, string format) =>
        double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    private static Text Head(LiveFrame frame) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{frame.Elapsed:mm\\:ss}  {frame.Load.PerSecond:0} calls/s  {frame.Calls} calls, {frame.Failures} failed"),
        new Style(frame.Failures == 0 ? Color.Green : Color.Red, decoration: Decoration.Bold));

    private static Table Edges(LiveFrame frame)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("edge");
        foreach (var title in new[] { "calls/s", "success %", "p50 ms", "p99 ms" })
        {
            table.AddColumn(new TableColumn(title).RightAligned());
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
    }

    private static Table Instances(LiveFrame frame)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("instance", "address", "status");
        foreach (var instance in frame.Instances)
        {
            table.AddRow(
                new Text(instance.Id),
                new Text($"{instance.Address}:{instance.Port}"),
                new Text(
                    instance.Status.ToString().ToUpperInvariant(),
                    new Style(instance.Status == ServiceStatus.Healthy ? Color.Green : Color.Yellow)));
        }

        return table;
    }
}
