namespace Mesh.Hosting.Tests;

public sealed class ValueKindsTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80)]
    [InlineData("localhost:0", "localhost", 0)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("orders.prod_eu.example:1", "orders.prod_eu.example", 1)]
    public void A_host_and_port_is_read_and_written_alike(string text, string host, int port)
    {
        Assert.True(HostPort.TryParse(text, out var value));
        Assert.Equal(new HostPort(host, port), value);
        Assert.Equal(text, value.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:+1")]
    [InlineData("host: 1")]
    [InlineData("host:000080")]
    [InlineData("::1:80")]
    [InlineData("[::1:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("[]:80")]
    [InlineData("a b:80")]
    [InlineData("http://a:80")]
    public void An_ill_formed_host_and_port_is_refused(string text) =>
        Assert.False(HostPort.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.1:0", true)]
    [InlineData("localhost:80", true)]
    [InlineData("example.org:80", false)]
    public void Only_an_ip_address_or_localhost_can_be_listened_on(string text, bool expected) =>
        Assert.Equal(expected, ValueKinds.ListenAddress.TryParse(text, out _));

    [Fact]
    public void An_address_to_connect_to_needs_a_port()
    {
        Assert.False(ValueKinds.ConnectAddress.TryParse("a:0", out _));
        Assert.True(ValueKinds.ConnectAddress.TryParse("a:1", out _));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("250ms", 250)]
    [InlineData("10s", 10_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    [InlineData("1.5s", 1500)]
    [InlineData("500us", 0.5)]
    [InlineData("2400h", 8_640_000_000)]
    public void A_duration_is_read(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1.s")]
    [InlineData(".5s")]
    [InlineData("1.5.5s")]
    [InlineData("2401h")]
    [InlineData("99999999999999999999999999999999h")]
    public void An_ill_formed_or_endless_duration_is_refused(string text) =>
        Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("0")]
    [InlineData("250ms")]
    [InlineData("1m30s")]
    [InlineData("1h500us")]
    public void A_duration_is_written_as_it_is_read(string text)
    {
        Assert.True(DurationText.TryParse(text, out var value));
        Assert.Equal(text, DurationText.Format(value));
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
    public void Urls_of_hosts_alone_are_read(string text, int count)
    {
        Assert.Equal(count != 0, ValueKinds.Urls.TryParse(text, out var urls));
        if (count != 0)
            Assert.Equal(count, urls!.Count);
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
}
