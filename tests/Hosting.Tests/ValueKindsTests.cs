namespace Mesh.Hosting.Tests;

public sealed class ValueKindsTests
{
    [Theory]
    [InlineData("10.0.0.1:0", true)]
    [InlineData("localhost:80", true)]
    [InlineData("example.org:80", false)]
    public void Only_an_ip_address_or_localhost_can_be_listened_on(string text, bool expected) =>
        Assert.Equal(expected, ValueKinds.ListenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("X-Request-Id, x-cost", new[] { "x-request-id", "x-cost" })]
    [InlineData("*", new[] { "*" })]
    [InlineData("x request", null)]
    [InlineData("x-a,", null)]
    [InlineData("", null)]
    public void Names_of_fields_are_read_in_lower_case(string text, string[]? names)
    {
        Assert.Equal(names is not null, ValueKinds.FieldNames.TryParse(text, out var read));
        Assert.Equal(names, names is null ? null : read);
    }

    [Fact]
    public void An_address_to_connect_to_needs_a_port()
    {
        Assert.False(ValueKinds.ConnectAddress.TryParse("a:0", out _));
        Assert.True(ValueKinds.ConnectAddress.TryParse("a:1", out _));
    }

    [Theory]
    [InlineData("http://127.0.0.1:15010", 1)]
    [InlineData("http://a:1,https://b:2", 2)]
    [InlineData("http://a:1, http://b:2/", 2)]
    [InlineData("", 0)]
    [InlineData("a:1", 0)]
    [InlineData("http://a:1,", 0)]
    [InlineData("ftp://a:1", 0)]
    [InlineData("http://a:1/path", 0)]
    [InlineData("http://me@a:1", 0)]
    [InlineData("http://0177.0.0.1:15010", 0)]
    [InlineData("http://127.1:15010", 0)]
    [InlineData("http://[::1]:15010", 1)]
    public void Urls_of_hosts_alone_are_read(string text, int count)
    {
        Assert.Equal(count != 0, ValueKinds.Urls.TryParse(text, out var urls));
        if (count != 0)
        {
            Assert.Equal(count, urls!.Count);
        }
    }

    [Theory]
    [InlineData("orders=127.0.0.1:0", true)]
    [InlineData("Orders=127.0.0.1:0", false)]
    [InlineData("orders=", false)]
    [InlineData("127.0.0.1:0", false)]
    public void A_named_address_is_read(string text, bool expected) =>
        Assert.Equal(expected, ValueKinds.NamedListenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("a", true)]
    [InlineData("a-1", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a.b", false)]
    [InlineData("A", false)]
    public void A_service_name_is_a_dns_label(string text, bool expected) =>
        Assert.Equal(expected, ValueKinds.ServiceName.TryParse(text, out _));

    [Fact]
    public void A_service_name_has_at_most_63_characters()
    {
        Assert.True(ValueKinds.ServiceName.TryParse(new string('a', 63), out _));
        Assert.False(ValueKinds.ServiceName.TryParse(new string('a', 64), out _));
    }

    [Theory]
    [InlineData("5", true)]
    [InlineData("0", false)]
    [InlineData("11", false)]
    [InlineData("+5", false)]
    [InlineData("99999999999", false)]
    public void A_whole_number_keeps_to_its_range(string text, bool expected) =>
        Assert.Equal(expected, ValueKinds.WholeNumber(1, 10).TryParse(text, out _));

    [Theory]
    [InlineData("mesh.example.com", true)]
    [InlineData("a, b,10.0.0.1", true)]
    [InlineData("*", true)]
    [InlineData("", false)]
    [InlineData("a,", false)]
    [InlineData("a:80", false)]
    [InlineData("http://a", false)]
    public void Host_names_are_listed_without_ports(string text, bool expected) => Assert.Equal(expected, ValueKinds.HostNames.TryParse(text, out _));
}
