using System.Text;
using Mesh.Policy.Routing.Changes;

namespace Mesh.Policy.Tests.Routing;

/// <summary>Paths made of what the groups of a pattern match.</summary>
public class PathTemplateTests
{
    [Theory]
    [InlineData("/orders/([0-9]+)/lines", "/v2/lines/$1", "/orders/17/lines", "/v2/lines/17")]
    [InlineData("/(?<user>[a-z]+)/(?<what>.*)", "/${what}/of/${user}", "/ann/a/b", "/a/b/of/ann")]
    [InlineData("/(a|b)/(.*)", "/$2$1$1", "/a/x", "/xaa")]
    [InlineData("/price/(.*)", "/price$$/$1", "/price/5", "/price$/5")]
    [InlineData("/all(.*)", "/new", "/all/of/it", "/new")]
    [InlineData("/(x)?/(.*)", "/$1-$2", "//y", "/-y")] // a group that has matched nothing
    [InlineData("/old(.*)", "/$1", "/old/evil.example/", "/evil.example/")] // never two slashes at the beginning
    [InlineData("/(.*)", "/$1", "/", "/")]
    [InlineData("/a", "/b", "/other", "/other")]
    public void Groups_stand_where_they_are_named(string pattern, string text, string path, string expected)
    {
        Assert.True(PathTemplate.TryMake(text, pattern, out var template, out var why), why);
        Assert.Equal(expected, Write(template!, path));
    }

    [Theory]
    [InlineData("/(.*)", "/$2", "names group '2', which path_regex has not; its groups are 0, 1")]
    [InlineData("/(?<id>.*)", "/${name}", "names group 'name', which path_regex has not; its groups are 0, id")]
    [InlineData("/(.*)", "/$", "has a '$' that names no group; write $1 or ${name}, and $$ for a dollar")]
    [InlineData("/(.*)", "/${1", "has a '$' that names no group; write $1 or ${name}, and $$ for a dollar")]
    [InlineData("/(.*)", "/${}", "has a '$' that names no group; write $1 or ${name}, and $$ for a dollar")]
    [InlineData("/(.*)", "/$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1", "names 17 groups; at most 16")]
    [InlineData("/(", "/", "is no regular expression, at character 3: insufficient closing parentheses")]
    [InlineData("/(a)\\1", "/$1", "looks around or back, which could take for ever; write it without (?=, (?!, (?<=, (?>, \\G and \\1")]
    public void What_cannot_be_is_refused_with_the_cure(string pattern, string text, string expected)
    {
        Assert.False(PathTemplate.TryMake(text, pattern, out _, out var why));
        Assert.Equal(expected, why);
    }

    [Fact]
    public void Bytes_that_are_no_text_find_room()
    {
        Assert.True(PathTemplate.TryMake("/$1$1", "/(.*)", out var template, out _));
        byte[] path = [(byte)'/', .. Enumerable.Repeat((byte)0xff, 1000)];
        var into = new byte[template!.MostBytes(path)];
        Assert.Equal(1 + (2 * 3 * 1000), template.Write(path, into));
    }

    private static string Write(PathTemplate template, string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        var into = new byte[template.MostBytes(bytes)];
        return Encoding.UTF8.GetString(into.AsSpan(0, template.Write(bytes, into)));
    }
}
