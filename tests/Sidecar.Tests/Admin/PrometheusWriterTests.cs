using System.Buffers;
using System.Text;
using Mesh.Sidecar.Admin.Prometheus;

namespace Mesh.Sidecar.Tests.Admin;

public sealed class PrometheusWriterTests
{
    private readonly ArrayBufferWriter<byte> _page = new();

    private string Text => Encoding.UTF8.GetString(_page.WrittenSpan);

    [Fact]
    public void Label_values_and_help_come_back_as_they_were()
    {
        const string nasty = "a\\b\"c\"\nd\\n,e={f} g";
        var writer = new PrometheusWriter(_page);
        writer.Family("x_total", "counter", "one\\two\nthree \"four\"");
        writer.Sample(1, ("k", nasty), ("l", ""));
        var lines = Text.Split('\n');
        Assert.Equal("# HELP x_total one\\\\two\\nthree \"four\"", lines[0]);
        Assert.Equal("# TYPE x_total counter", lines[1]);
        Assert.Equal(4, lines.Length);
        Assert.Equal([("k", nasty), ("l", "")], Labels(lines[2]));
    }

    [Fact]
    public void A_histogram_is_cumulative_and_ends_with_infinity()
    {
        var writer = new PrometheusWriter(_page);
        writer.Family("h_seconds", "histogram", "h");
        writer.Histogram([0.001, 0.5], [2, 0, 3], 12.5, ("s", "x"));
        Assert.Equal(
            """
            # HELP h_seconds h
            # TYPE h_seconds histogram
            h_seconds_bucket{s="x",le="0.001"} 2
            h_seconds_bucket{s="x",le="0.5"} 2
            h_seconds_bucket{s="x",le="+Inf"} 5
            h_seconds_sum{s="x"} 12.5
            h_seconds_count{s="x"} 5

            """.ReplaceLineEndings("\n"),
            Text);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1234567890123, "1234567890123")]
    [InlineData(0.00025, "0.00025")]
    public void Numbers_are_as_the_format_has_them(double value, string text)
    {
        var writer = new PrometheusWriter(_page);
        writer.Single("n", "gauge", "n", value);
        Assert.EndsWith($"\nn {text}\n", Text, StringComparison.Ordinal);
    }

    // Written from the format's description, apart from the writer: a character at a time.
    private static List<(string, string)> Labels(string line)
    {
        var labels = new List<(string, string)>();
        var at = line.IndexOf('{', StringComparison.Ordinal) + 1;
        while (line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            var name = line[at..equals];
            var value = new StringBuilder();
            at = equals + 2;
            for (; line[at] != '"'; at++)
            {
                value.Append(line[at] != '\\' ? line[at] : line[++at] == 'n' ? '\n' : line[at]);
            }

            labels.Add((name, value.ToString()));
            at++;
            if (line[at] == ',')
            {
                at++;
            }
        }

        return labels;
    }
}
