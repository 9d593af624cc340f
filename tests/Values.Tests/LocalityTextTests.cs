namespace Mesh.Values.Tests;

public sealed class LocalityTextTests
{
    private static readonly string Longest = new('x', LocalityText.MaxPart);

    [Theory]
    [InlineData("")]
    [InlineData("eu")]
    [InlineData("eu/a")]
    [InlineData("Zürich/Süd 1")]
    public void Text_of_a_region_and_maybe_a_zone_is_right(string text) => Assert.Null(LocalityText.WhyNot(text));

    [Fact]
    public void What_is_right_in_parts_is_right_together_and_comes_apart_again()
    {
        foreach (var (region, zone) in new[] { ("eu", "a"), ("eu", ""), ("", ""), (Longest, Longest) })
        {
            Assert.Null(LocalityText.WhyNoPart(region));
            Assert.Null(LocalityText.WhyNoPart(zone));
            var text = LocalityText.Join(region, zone);
            Assert.Null(LocalityText.WhyNot(text));
            Assert.Equal((region, zone), LocalityText.Split(text));
        }
    }

    [Theory]
    [InlineData("eu/west/1", "'eu/west/1' has more than one '/'; write REGION/ZONE")]
    [InlineData("eu/a\u202eb", "has a character that is not for printing (U+202E) at position 2; leave it out")]
    [InlineData("e\nu/a", "has a control character (U+000A) at position 2; leave it out")]
    public void What_is_wrong_is_said(string text, string why) => Assert.Equal(why, LocalityText.WhyNot(text));

    [Fact]
    public void A_part_has_no_slash_and_128_characters_at_most()
    {
        Assert.Equal("'a/b' has a '/', which separates region and zone; leave it out", LocalityText.WhyNoPart("a/b"));
        Assert.Equal("129 characters are too many; at most 128", LocalityText.WhyNoPart(Longest + "x"));
        Assert.Equal("129 characters are too many; at most 128", LocalityText.WhyNot($"eu/{Longest}x"));
    }
}
