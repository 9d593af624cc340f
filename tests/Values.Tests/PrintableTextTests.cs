using System.Globalization;

namespace Mesh.Values.Tests;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("orders é 漢字 👩‍👩‍👧", "orders é 漢字 👩‍👩‍👧")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("a\u001b[2J\u009b1m\u0000\u007f", "a?[2J?1m??")]
    [InlineData("a\u2028b\u2029c\u0085d", "a b c d")]
    [InlineData("a\u202eb\u2066c\u200ed\u061ce", "a?b?c?d?e")]
    [InlineData("", "")]
    public void What_would_draw_on_the_terminal_is_replaced(string text, string shown) => Assert.Equal(shown, PrintableText.Of(text));

    [Theory]
    [InlineData("{\"a\":\"é 漢字 👩‍👩‍👧\"}", "{\"a\":\"é 漢字 👩‍👩‍👧\"}")]
    [InlineData("\"a\u202eb\u2028c\u001b\"", "\"a\\u202Eb\\u2028c\\u001B\"")]
    [InlineData("👧\u061c", "👧\\u061C")]
    public void In_JSON_it_is_escaped_and_nothing_is_lost(string text, string shown) => Assert.Equal(shown, PrintableText.Escaped(text));

    [Fact]
    public void A_lone_surrogate_is_shown_as_no_character() => Assert.Equal("a\ufffdb", PrintableText.Of("a" + (char)0xD800 + "b"));

    [Fact]
    public void What_is_too_long_is_cut() => Assert.Equal("abc...", PrintableText.Of("abcdef", 3));

    [Fact]
    public void No_text_comes_out_with_a_character_that_is_not_for_printing()
    {
        for (var code = 0; code < 0x10000; code++)
        {
            var shown = PrintableText.Of(((char)code).ToString());
            Assert.All(shown, character => Assert.False(
                char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));
        }
    }
}
