using System.Text;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Answers;

namespace Mesh.Policy.Tests.Routing;

public class RedirectTests
{
    [Theory]
    [InlineData("https", null, null, null, "/a?b=c", "https://shop:80/a?b=c")]
    [InlineData(null, "new.example", null, null, "/a?b=c", "//new.example/a?b=c")]
    [InlineData("https", "new.example:8443", "/x", null, "/a?b=c", "https://new.example:8443/x?b=c")]
    [InlineData(null, null, "/x", null, "/a", "/x")]
    [InlineData(null, null, null, "/new", "/old/a?b=/old", "/new/a?b=/old")]
    [InlineData(null, null, null, "/new/", "/old/a", "/new/a")]
    [InlineData(null, null, null, "/", "/old/a", "/a")]
    [InlineData(null, null, null, "/", "/old?a", "/?a")]
    [InlineData(null, null, null, "/new", "/old", "/new")]
    public void The_place_is_the_callers_own_but_for_what_is_given(string? scheme, string? host, string? path, string? prefix, string target, string location) =>
        Assert.Equal(location, Location(new() { Scheme = scheme, Host = host, Path = path, Prefix = prefix }, target));

    [Theory]
    [InlineData("/", "/old//evil.example", "/evil.example")]
    [InlineData("/", "/old/\\evil.example/", "/evil.example/")]
    [InlineData("/", "/old/\\/evil.example/", "/evil.example/")]
    public void Whoever_chooses_the_path_chooses_no_host(string prefix, string target, string location) =>
        Assert.Equal(location, Location(new() { Prefix = prefix }, target));

    [Fact]
    public void Who_does_not_say_whom_it_asks_is_told_the_path()
    {
        var into = new byte[100];
        var length = new Redirect(new() { Scheme = "https" }, RouteMatchOptions.Any).Write(default, "/a"u8, into);
        Assert.Equal("/a", Encoding.UTF8.GetString(into, 0, length));
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var redirect = new Redirect(new() { Scheme = "https", Prefix = "/new" }, new() { Prefix = "/old" });
        var into = new byte[100];
        Assert.Equal(0, Allocations.Of(() => redirect.Write("shop"u8, "/old/a?b"u8, into)));
    }

    private static string Location(RedirectOptions options, string target)
    {
        var redirect = new Redirect(options, new RouteMatchOptions { Prefix = "/old" });
        var (authority, bytes) = ("shop:80"u8.ToArray(), Encoding.UTF8.GetBytes(target));
        var into = new byte[redirect.MostBytes(authority, bytes)];
        return Encoding.UTF8.GetString(into, 0, redirect.Write(authority, bytes, into));
    }
}
