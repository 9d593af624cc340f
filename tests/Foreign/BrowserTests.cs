namespace Mesh.Foreign;

/// <summary>Pages in a browser call services of gRPC by gRPC-Web, with no other proxy than the sidecar, from another origin.</summary>
public sealed class BrowserTests(Browser browser) : IClassFixture<Browser>
{
    [Theory]
    [InlineData("unary", "binary")]
    [InlineData("unary", "text")]
    [InlineData("metadata", "binary")]
    [InlineData("server-stream", "text")]
    [InlineData("failure", "binary")]
    [InlineData("failure", "text")]
    [InlineData("late-failure", "text")]
    [InlineData("nobody", "binary")]
    public async Task A_page_calls_through_the_sidecar(string scenario, string format) => Assert.Equal("", await browser.PlayAsync(scenario, format));

    [Fact]
    public async Task A_page_of_an_origin_that_is_not_named_is_kept_from_the_answer() =>
        Assert.Equal("", await browser.PlayAsync("forbidden", "binary", "localhost"));
}
