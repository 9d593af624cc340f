using System.Text;

namespace Mesh.Values.Tests;

public class DnsLabelTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("orders", true)]
    [InlineData("2-orders-7", true)]
    [InlineData("012345678901234567890123456789012345678901234567890123456789012", true)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", false)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("A", false)]
    [InlineData("a.b", false)]
    [InlineData("a_b", false)]
    [InlineData("ä", false)]
    [InlineData("a\0", false)]
    public void It_reads_the_same_as_text_and_as_bytes(string text, bool valid)
    {
        Assert.Equal(valid, DnsLabel.IsValid(text));
        Assert.Equal(valid, DnsLabel.IsValid(Encoding.UTF8.GetBytes(text)));
    }
}
