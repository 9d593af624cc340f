namespace Mesh.Values.Tests;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1000", 1000L)]
    [InlineData("64Mi", 64L << 20)]
    [InlineData("512Ki", 512L << 10)]
    [InlineData("8Ti", 8L << 40)]
    public void Sizes_are_bytes_or_powers_of_1024(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var read));
        Assert.Equal(bytes, read);
        Assert.True(SizeText.TryParse(SizeText.Format(bytes), out var again));
        Assert.Equal(bytes, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("-1")]
    [InlineData("1.5Gi")]
    [InlineData("64M")]
    [InlineData("64 Mi")]
    [InlineData("64MiMi")]
    [InlineData("64iM")]
    [InlineData("9223372036854775807Ki")]
    public void Anything_else_is_refused(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Theory]
    [InlineData(1L << 30, "1Gi")]
    [InlineData(1536L << 20, "1536Mi")]
    [InlineData(1001L, "1001")]
    public void It_is_written_in_the_largest_unit_that_fits(long bytes, string text) => Assert.Equal(text, SizeText.Format(bytes));
}
