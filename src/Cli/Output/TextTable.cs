using Spectre.Console;

namespace Mesh.Cli.Output;

/// <summary>A table for a terminal and for <c>grep</c> alike: no borders, a line per row, whatever the width.</summary>
internal static class TextTable
{
    /// <summary>No line is broken at the width of a pipe, which has none.</summary>
    private const int EndlessWidth = 10_000;

    public static void Write(TextWriter output, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var title in head)
        {
            table.AddColumn(new TableColumn(new Text(title)) { Padding = new Padding(0, 0, 2, 0), NoWrap = true });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(PrintableText.Of(cell))));
        }

        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = EndlessWidth;
        console.Write(table);
        foreach (var line in text.ToString().AsSpan().TrimEnd().EnumerateLines())
        {
            output.WriteLine(line.TrimEnd());
        }
    }
}
