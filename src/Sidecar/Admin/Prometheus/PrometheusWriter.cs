using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Sidecar.Admin.Prometheus;

/// <summary>Writes the Prometheus text format 0.0.4. One page, one thread.</summary>
/// <param name="page">Where to, in UTF-8.</param>
internal sealed class PrometheusWriter(IBufferWriter<byte> page)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The longest number is that of a double in its shortest form: 24 characters.</summary>
    private const int NumberRoom = 32;

    private string _family = "";

    /// <summary>All samples of a family follow it: the format wants them together.</summary>
    /// <param name="name">What the samples are called.</param>
    /// <param name="type">"counter", "gauge" or "histogram".</param>
    /// <param name="help">One line.</param>
    public void Family(string name, string type, string help)
    {
        _family = name;
        Add("# HELP ");
        Add(name);
        Add(" ");
        Escape(help, quotes: false);
        Add("\n# TYPE ");
        Add(name);
        Add(" ");
        Add(type);
        Add("\n");
    }

    /// <summary>A sample of the family at hand.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Line("", labels, null, value);

    /// <summary>A family of one sample without labels.</summary>
    public void Single(string name, string type, string help, double value)
    {
        Family(name, type, help);
        Sample(value);
    }

    /// <summary>A histogram of the family at hand.</summary>
    /// <param name="bounds">Upper bounds, ascending, without infinity.</param>
    /// <param name="counts">Values per bucket, not cumulative; one more than there are bounds.</param>
    /// <param name="sum">Of all values.</param>
    /// <param name="labels">Without "le".</param>
    public void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Line("_bucket", labels, i < bounds.Length ? bounds[i] : double.PositiveInfinity, total);
        }

        Line("_sum", labels, null, sum);
        Line("_count", labels, null, total);
    }

    private void Line(string suffix, ReadOnlySpan<(string Name, string Value)> labels, double? bound, double value)
    {
        Add(_family);
        Add(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            var separator = "{";
            foreach (var (name, text) in labels)
            {
                Add(separator);
                Add(name);
                Add("=\"");
                Escape(text, quotes: true);
                Add("\"");
                separator = ",";
            }

            if (bound is { } le)
            {
                Add(separator);
                Add("le=\"");
                Number(le);
                Add("\"");
            }

            Add("}");
        }

        Add(" ");
        Number(value);
        Add("\n");
    }

    private void Escape(string value, bool quotes)
    {
        var rest = value.AsSpan();
        while (rest.IndexOfAny('\\', '\n', '"') is >= 0 and var at)
        {
            Add(rest[..at]);
            Add(rest[at] switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                _ when quotes => "\\\"",
                _ => "\"",
            });
            rest = rest[(at + 1)..];
        }

        Add(rest);
    }

    private void Number(double value)
    {
        if (double.IsInfinity(value))
        {
            Add(value > 0 ? "+Inf" : "-Inf");
            return;
        }

        value.TryFormat(page.GetSpan(NumberRoom), out var written, "R", CultureInfo.InvariantCulture);
        page.Advance(written);
    }

    private void Add(ReadOnlySpan<char> text)
    {
        var room = page.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        page.Advance(Encoding.UTF8.GetBytes(text, room));
    }
}
