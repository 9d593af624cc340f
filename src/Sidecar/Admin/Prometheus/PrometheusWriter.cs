using System.Globalization;
using System.Text;

namespace Mesh.Sidecar.Admin.Prometheus;

/// <summary>Writes the Prometheus text format 0.0.4. One page, one thread.</summary>
internal sealed class PrometheusWriter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 * 1024);
    private string _family = "";

    /// <summary>All samples of a family follow it: the format wants them together.</summary>
    /// <param name="name">What the samples are called.</param>
    /// <param name="type">"counter", "gauge" or "histogram".</param>
    /// <param name="help">One line.</param>
    public void Family(string name, string type, string help)
    {
        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ');
        Escape(help, quotes: false);
        _text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
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
            Line("_bucket", labels, i < bounds.Length ? Number(bounds[i]) : "+Inf", total);
        }

        Line("_sum", labels, null, sum);
        Line("_count", labels, null, total);
    }

    public override string ToString() => _text.ToString();

    private void Line(string suffix, ReadOnlySpan<(string Name, string Value)> labels, string? bound, double value)
    {
        _text.Append(_family).Append(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            var separator = '{';
            foreach (var (name, text) in labels)
            {
                Label(separator, name, text);
                separator = ',';
            }

            if (bound is not null)
            {
                Label(separator, "le", bound);
            }

            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void Label(char separator, string name, string value)
    {
        _text.Append(separator).Append(name).Append("=\"");
        Escape(value, quotes: true);
        _text.Append('"');
    }

    private void Escape(string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '"' when quotes => _text.Append("\\\""),
                _ => _text.Append(c),
            };
        }
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
