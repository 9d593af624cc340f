namespace Mesh.Values.Tests;

public class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80)]
    [InlineData("localhost:0", "localhost", 0)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("orders.default.svc:65535", "orders.default.svc", 65535)]
    [InlineData("orders.prod_eu.example:1", "orders.prod_eu.example", 1)]
    [InlineData("my_container:1", "my_container", 1)]
    [InlineData("0.0.0.0:1", "0.0.0.0", 1)]
    [InlineData("0x.example:1", "0x.example", 1)]
    [InlineData("10.example:1", "10.example", 1)]
    [InlineData("[fe80::1%eth0.1]:1", "fe80::1%eth0.1", 1)]
    public void Addresses_are_read_and_written(string text, string host, int port)
    {
        Assert.True(HostPort.TryParse(text, out var value));
        Assert.Equal((host, port, text), (value.Host, value.Port, value.ToString()));
    }

    [Theory]
    [InlineData("", "has no port; write it like 127.0.0.1:8080")]
    [InlineData("localhost", "has no port; write it like 127.0.0.1:8080")]
    [InlineData("localhost:", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("localhost:65536", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("localhost:-1", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("localhost:+1", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("localhost: 1", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("localhost:000080", "has no valid port after the last ':'; a port is a number of up to 65535")]
    [InlineData("::1:80", "has more than one ':'; an IPv6 address stands in brackets, like [::1]:8080")]
    [InlineData("[::1:80", "has more than one ':'; an IPv6 address stands in brackets, like [::1]:8080")]
    [InlineData("http://a:80", "has more than one ':'; an IPv6 address stands in brackets, like [::1]:8080")]
    [InlineData("[localhost]:80", "has brackets without an IPv6 address in them; leave them out")]
    [InlineData("[127.0.0.1]:80", "has brackets without an IPv6 address in them; leave them out")]
    [InlineData("[]:80", "has brackets without an IPv6 address in them; leave them out")]
    [InlineData("[::g]:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("127.0.0:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("1.2.3.400:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("0177.0.0.1:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("127.0.0.01:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("0x7f.0.0.1:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("0x7f000001:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("127.0.0.0x1:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("127.0.0.1.:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("example.123:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("[::1%a\r\nb]:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("[fe80::1%]:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("[fe80::1%a%b]:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData(":80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("a..b:80", "has no valid host; a host is a DNS name or an IP address")]
    [InlineData("a b:80", "has no valid host; a host is a DNS name or an IP address")]
    public void Other_addresses_are_refused_with_the_reason(string text, string expected)
    {
        Assert.False(HostPort.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:80")]
    [InlineData("::1", "[::1]:80")]
    [InlineData("localhost", "127.0.0.1:80")]
    [InlineData("example.org", null)]
    public void Only_an_address_or_localhost_is_a_socket_address(string host, string? expected)
    {
        Assert.Equal(expected is not null, new HostPort(host, 80).TryGetEndPoint(out var endPoint));
        Assert.Equal(expected, endPoint?.ToString());
    }
}
