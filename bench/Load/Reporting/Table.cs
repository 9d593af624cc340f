using System.Text;

namespace Mesh.Bench.Load.Reporting;

/// <summary>A table in Markdown, padded so that it reads as well on a terminal.</summary>
internal sealed class Table(string title, string about, params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var widths = columns.Select((column, i) => Math.Max(3, _rows.Select(row => row[i].Length).Append(column.Length).Max())).ToArray();
        var text = new StringBuilder($"### {title}\n\n{about}\n\n");
        Append(text, columns, widths);
        Append(text, [.. widths.Select((width, i) => i == 0 ? new string('-', width) : new string('-', width - 1) + ":")], widths);
        foreach (var row in _rows)
        {
            Append(text, row, widths);
        }

        return text.ToString();
    }

    // The first column is a name, all others are numbers.
    private static void Append(StringBuilder text, string[] cells, int[] widths) =>
        text.Append("| ").AppendJoin(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).Append(" |\n");
}
