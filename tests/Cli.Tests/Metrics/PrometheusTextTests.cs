using Mesh.Cli.Metrics;

namespace Mesh.Cli.Tests.Metrics;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Names_labels_and_values_are_read()
    {
        var sample = Assert.Single(PrometheusText.Parse("calls_total{service=\"users\",code=\"OK\"} 12.5\n"));
        Assert.Equal(("calls_total", "users", "OK", 12.5), (sample.Name, sample.Label("service"), sample.Label("code"), sample.Value));
    }

    [Fact]
    public void A_label_that_is_not_there_is_empty() =>
        Assert.Equal("", Assert.Single(PrometheusText.Parse("up 1")).Label("service"));

    [Fact]
    public void Escapes_in_label_values_are_undone()
    {
        var sample = Assert.Single(PrometheusText.Parse("""x{why="a \"quoted\" \\ text\nwith } , ="} 1"""));
        Assert.Equal("a \"quoted\" \\ text\nwith } , =", sample.Label("why"));
    }

    [Theory]
    [InlineData("x{a=\"1\",} 3")]
    [InlineData("x{ a=\"1\" } 3")]
    [InlineData("x{a=\"1\"} 3 1700000000000")]
    [InlineData("x{a=\"1\"}\t3 # {trace_id=\"f\"} 0.5")]
    public void What_the_format_allows_beside_is_passed_over(string line)
    {
        var sample = Assert.Single(PrometheusText.Parse(line));
        Assert.Equal(("1", 3.0), (sample.Label("a"), sample.Value));
    }

    [Theory]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData("-Inf", double.NegativeInfinity)]
    [InlineData("NaN", double.NaN)]
    [InlineData("1e-3", 0.001)]
    public void Numbers_are_read_as_the_format_writes_them(string text, double value) =>
        Assert.Equal(value, Assert.Single(PrometheusText.Parse($"x {text}")).Value);

    [Theory]
    [InlineData("# HELP x y")]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x{a=\"1\" 3")]
    [InlineData("x{a=1} 3")]
    [InlineData("x{a=\"1")]
    [InlineData("x{a=\"1\\")]
    [InlineData("{} 1")]
    [InlineData("x one")]
    [InlineData("x{a=\"1\"}")]
    public void Lines_without_a_sample_are_passed_over(string line) => Assert.Empty(PrometheusText.Parse(line));
}
