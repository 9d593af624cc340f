using System.Net;

namespace Mesh.Hosting.Tests.Pages;

public sealed class PageGuardTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("10.1.2.3");

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST.")]
    [InlineData("orders.localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("10.1.2.3")]
    [InlineData("")]
    public void This_machine_and_addresses_are_asked_for_anywhere(string host)
    {
        var guard = new PageGuard("--http-hosts", ["mesh.example.com"]);
        Assert.All([IPAddress.Loopback, IPAddress.IPv6Loopback, Elsewhere, null], local => Assert.Null(guard.WhyRefused(host, local)));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("evillocalhost")]
    public void Other_names_are_refused_on_loopback(string host)
    {
        var guard = new PageGuard("--http-hosts", []);
        Assert.All([IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.53"), IPAddress.Loopback.MapToIPv6(), null],
            local => Assert.Equal(
                $"there is no '{host}' here: ask for localhost or an address, or start this with --http-hosts {host}", guard.WhyRefused(host, local)));
        // As other containers ask, by names of their network.
        Assert.Null(guard.WhyRefused(host, Elsewhere));
    }

    [Fact]
    public void What_is_listed_is_taken_and_then_nothing_else_anywhere()
    {
        var guard = new PageGuard("--http-hosts", ["mesh.example.com", "control-plane"]);
        Assert.Null(guard.WhyRefused("Mesh.Example.com", IPAddress.Loopback));
        Assert.Null(guard.WhyRefused("control-plane", Elsewhere));
        Assert.NotNull(guard.WhyRefused("evil.example", Elsewhere));
        Assert.Null(new PageGuard("--http-hosts", ["*"]).WhyRefused("evil.example", IPAddress.Loopback));
    }

    [Fact]
    public void A_refusal_is_one_short_line() =>
        Assert.InRange(new PageGuard("--x", []).WhyRefused("evil\r\n\u001b[2J" + new string('x', 9000), null)!.Length, 1, 400);
}
