using System.Text;
using CsCheck;
using Mesh.Policy.Routing;

namespace Mesh.Policy.Tests.Routing;

public class RouteTableTests
{
    [Fact]
    public void The_first_route_in_order_wins_whether_by_exact_path_or_by_prefix()
    {
        var table = Table(
            new() { Prefix = "/a/" },
            new() { Exact = "/a/b" },
            new() { Exact = "/c" },
            new() { Prefix = "/" },
            new() { Exact = "/d" });
        Assert.Equal(0, Match(table, "/a/b"));
        Assert.Equal(2, Match(table, "/c"));
        Assert.Equal(3, Match(table, "/d"));
        Assert.Equal(3, Match(table, "/c/"));
    }

    [Fact]
    public void An_exact_route_whose_other_conditions_fail_leaves_the_call_to_the_next()
    {
        var table = Table(
            new() { Exact = "/a", HttpMethod = "GET" },
            new() { Exact = "/a", Headers = [new() { Name = "x", Exact = "1" }] },
            new() { Exact = "/a" });
        Assert.Equal(0, Match(table, "/a", "GET"));
        Assert.Equal(1, Match(table, "/a", "POST", ("x", "1")));
        Assert.Equal(2, Match(table, "/a", "POST", ("x", "12")));
        Assert.Equal(-1, Match(table, "/A", "GET"));
    }

    [Fact]
    public void Without_routes_nothing_matches_and_an_empty_match_matches_all()
    {
        Assert.Equal(-1, Match(RouteTable.Empty, "/a"));
        Assert.Equal(0, Match(Table(RouteMatchOptions.Any), "*"));
    }

    [Theory]
    [InlineData(null, null, false, "v", true)]
    [InlineData(null, null, false, "", true)]
    [InlineData(null, null, false, null, false)]
    [InlineData(null, null, true, null, true)]
    [InlineData(null, null, true, "v", false)]
    [InlineData("v1", null, false, "v1", true)]
    [InlineData("v1", null, false, "v10", false)]
    [InlineData("v1", null, true, "v10", true)]
    [InlineData("v1", null, true, null, true)]
    [InlineData("", null, false, "", true)]
    [InlineData("", null, false, "v", false)]
    [InlineData(null, "v1", false, "v10", true)]
    [InlineData(null, "v1", false, "v", false)]
    [InlineData(null, "v1", true, "v", true)]
    public void A_header_matches_by_value_beginning_or_presence(
        string? exact, string? prefix, bool invert, string? value, bool matches)
    {
        var header = new HeaderMatchOptions { Name = "x-user", Exact = exact, Prefix = prefix, Invert = invert };
        var table = Table(new RouteMatchOptions { Headers = [header] });
        Assert.Equal(matches ? 0 : -1, value is null ? Match(table, "/") : Match(table, "/", "GET", ("x-user", value)));
    }

    [Theory]
    [InlineData("/users/[0-9]+", "/users/17", true)]
    [InlineData("/users/[0-9]+", "/users/17/posts", false)]
    [InlineData("/users/[0-9]+", "/v1/users/17", false)]
    [InlineData("/a|/b", "/b", true)]
    [InlineData("/a|/b", "/b/c", false)]
    [InlineData("/caf\u00e9/.*", "/caf\u00e9/1", true)]
    [InlineData(".*", "*", true)]
    public void A_pattern_matches_the_whole_path_without_its_query(string regex, string path, bool matches)
    {
        var table = Table(new RouteMatchOptions { Regex = regex });
        Assert.Equal(matches ? 0 : -1, Match(table, path));
        Assert.Equal(matches ? 0 : -1, Match(table, path + "?a=b"));
    }

    [Fact]
    public void A_pattern_takes_its_place_among_the_others_in_order()
    {
        var table = Table(
            new() { Exact = "/a/1" },
            new() { Regex = "/a/[0-9]+", HttpMethod = "GET" },
            new() { Regex = "/a/[0-9]" },
            new() { Exact = "/a/2" },
            new() { Prefix = "/a" });
        Assert.Equal(0, Match(table, "/a/1", "GET"));
        Assert.Equal(1, Match(table, "/a/2", "GET"));
        Assert.Equal(2, Match(table, "/a/2", "POST"));
        Assert.Equal(4, Match(table, "/a/22", "POST"));
    }

    [Fact]
    public void A_pattern_that_cannot_be_made_matches_nothing_and_long_paths_are_no_matter()
    {
        Assert.Equal(-1, Match(Table(new RouteMatchOptions { Regex = "(" }), "("));
        var path = "/" + new string('a', 20_000);
        Assert.Equal(0, Match(Table(new RouteMatchOptions { Regex = "/(a+)+" }), path));
        Assert.Equal(-1, Match(Table(new RouteMatchOptions { Regex = "/(a+)+" }), path + "!"));
    }

    [Theory]
    [InlineData("(", "is no regular expression, at character 2: insufficient closing parentheses")]
    [InlineData("a)|(?:b", "is no regular expression, at character 3: insufficient opening parentheses")]
    [InlineData("/(?=a)", "looks around")]
    [InlineData(@"/(a)\1", "looks around")]
    [InlineData("((a{100}){100}){100}", "is too large once its repetitions are written out")]
    public void What_is_no_pattern_or_could_run_away_is_refused(string pattern, string why)
    {
        Assert.False(PathPattern.TryMake(pattern, out _, out var said));
        Assert.StartsWith(why, said, StringComparison.Ordinal);
        Assert.True(PathPattern.TryMake(new string('a', PathPattern.MostLength), out _, out _));
        Assert.False(PathPattern.TryMake(new string('a', PathPattern.MostLength + 1), out _, out _));
    }

    [Theory]
    [InlineData("a", null, "/?a", true)]
    [InlineData("a", null, "/?b&a=", true)]
    [InlineData("a", null, "/?ab=1", false)]
    [InlineData("a", null, "/", false)]
    [InlineData("a", "1", "/?a=1", true)]
    [InlineData("a", "1", "/?a=2&a=1", false)]
    [InlineData("a", "1", "/?a=11", false)]
    [InlineData("a", "", "/?a", true)]
    [InlineData("a", "x y&z", "/?a=x+y%26z", true)]
    [InlineData("a", "x y&z", "/?a=x%20y%26z", true)]
    [InlineData("a b", "\u00e9", "/?a%20b=%c3%A9", true)]
    [InlineData("a", "%zz", "/?a=%zz", true)]
    [InlineData("a", "b?c", "/?a=b?c", true)]
    public void A_parameter_of_the_query_matches_by_value_or_presence(string name, string? exact, string target, bool matches)
    {
        var table = Table(new RouteMatchOptions { Prefix = "/", Query = [new() { Name = name, Exact = exact }] });
        Assert.Equal(matches ? 0 : -1, Match(table, target));
    }

    [Fact]
    public void All_headers_must_match()
    {
        var table = Table(new RouteMatchOptions { Headers = [new() { Name = "a" }, new() { Name = "b" }] });
        Assert.Equal(-1, Match(table, "/", "GET", ("a", "1")));
        Assert.Equal(0, Match(table, "/", "GET", ("a", "1"), ("b", "2")));
    }

    [Fact]
    public void Of_a_thousand_exact_routes_each_is_found()
    {
        var table = Table([.. Enumerable.Range(0, 1000).Select(i => new RouteMatchOptions { Exact = $"/pkg.S/M{i}" })]);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(i, Match(table, $"/pkg.S/M{i}"));
        }

        Assert.Equal(-1, Match(table, "/pkg.S/M1000"));
    }

    /// <summary>Few are scanned and many are looked up: the first that matches is the same.</summary>
    [Fact]
    public void However_many_there_are_it_is_the_first_in_order() =>
        Gen.Select(
            Gen.Select(Gen.Char["/ab"].Array[0, 4], Gen.Int[0, 8], Gen.Int[0, 3]).Array[0, 60],
            Gen.Char["/ab"].Array[0, 5].Array[1, 20]).Sample((routes, paths) =>
        {
            // First whether it is exact (below 4), a prefix, or a pattern (8, since these take long to make); then which method it wants; from 2 on, any.
            var matches = Array.ConvertAll(routes, route => new RouteMatchOptions
            {
                Exact = route.Item2 < 4 ? new string(route.Item1) : null,
                Prefix = route.Item2 is >= 4 and < 8 ? new string(route.Item1) : null,
                Regex = route.Item2 == 8 ? new string(route.Item1) + "b?" : null,
                HttpMethod = route.Item3 switch { 0 => "GET", 1 => "POST", _ => null },
            });
            var table = Table(matches);
            foreach (var path in paths.Select(path => new string(path)))
            {
                var expected = Array.FindIndex(matches, match => match.HttpMethod is null or "GET"
                    && (match.Exact is { } exact ? path == exact
                        : match.Regex is { } regex ? path == regex[..^2] || path == regex[..^1]
                        : path.StartsWith(match.Prefix!, StringComparison.Ordinal)));
                Assert.Equal(expected, Match(table, path, "GET"));
            }
        });

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Matching_allocates_nothing(int prefixes)
    {
        var table = Table(
        [
            new() { Exact = "/a", HttpMethod = "GET" },
            new() { Regex = "/b/[0-9]+", Query = [new() { Name = "q", Exact = "a b" }] },
            new() { Regex = "/b0/c", Query = [new() { Name = "q", Exact = "b c" }] },
            .. Enumerable.Range(0, prefixes).Select(i => new RouteMatchOptions { Prefix = $"/b{i}", Headers = [new() { Name = "x", Prefix = "1" }] }),
            RouteMatchOptions.Any,
        ]);
        var headers = new Headers([("x", "2")]);
        Assert.Equal(0, Allocations.Of(() => table.Match("/b0/c?p=1&q=b+c"u8, "POST"u8, headers)));
    }

    private static RouteTable Table(params RouteMatchOptions[] matches)
        => new([.. matches.Select((match, i) => new RouteOptions { Name = $"r{i}", Match = match })]);

    private static int Match(RouteTable table, string path, string method = "POST", params (string, string)[] headers)
        => table.Match(Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(method), new Headers(headers));

    private readonly struct Headers((string Name, string Value)[] headers) : IRouteHeaders
    {
        private readonly (byte[] Name, byte[] Value)[] _headers =
            Array.ConvertAll(headers, h => (Encoding.UTF8.GetBytes(h.Name), Encoding.UTF8.GetBytes(h.Value)));

        public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
        {
            foreach (var (name, bytes) in _headers)
            {
                if (lowerCaseName.SequenceEqual(name))
                {
                    value = bytes;
                    return true;
                }
            }

            value = default;
            return false;
        }
    }
}
