using System.Globalization;

namespace Mesh.Cli.Demo;

/// <summary>Writes the live demo as lines, where no terminal shows a table: a line a frame, and one for each piece of news.</summary>
internal sealed class LiveLines(TextWriter output)
{
    private int _told;

    public void Write(LiveFrame frame)
    {
        foreach (var news in frame.News.Skip(_told))
        {
            output.WriteLine(news);
        }

        _told = frame.News.Count;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Time(frame.Elapsed)} {frame.Load.PerSecond:0} calls/s, {Figure(frame.Load.Success * 100, "0.00")} % ok, p50 {Figure(frame.Load.P50, "0.0")} ms, p99 {Figure(frame.Load.P99, "0.0")} ms; {frame.Calls} calls, {frame.Failures} failed; {string.Join(", ", frame.Instances.Select(instance => $"{instance.Id} {instance.Status.ToString().ToUpperInvariant()}"))}{(frame.Messages.Length == 0 ? "" : "; ")}{frame.Messages}"));
        output.Flush();
    }

    /// <summary>Minutes and seconds, also of more than an hour.</summary>
    public static string Time(TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture, $"{(int)elapsed.TotalMinutes:00}:{elapsed:ss}");

    private static string Figure(double value, string format) => LiveTable.Figure(value, format);
}
