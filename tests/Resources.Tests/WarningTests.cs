namespace Mesh.Resources.Tests;

/// <summary>What is valid and said in vain is told with its place.</summary>
public class WarningTests
{
    private const string Never = "f.yaml:6:12: config.routes[1].match: route 'b' never matches, since 'a' (routes[0]) takes all of its calls; put it before that one, or leave it out";

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("{}", "{exact: /a, headers: [{name: x}]}")]
    [InlineData("{exact: /a}", "{exact: /a, http_method: GET}")]
    [InlineData("{prefix: /a}", "{exact: /ab}")]
    [InlineData("{prefix: /a}", "{prefix: /a/b, query: [{name: q}]}")]
    [InlineData("{path_regex: '/a/[0-9]+'}", "{exact: /a/17}")]
    [InlineData("{path_regex: '/a/[0-9]+'}", "{path_regex: '/a/[0-9]+', http_method: GET}")]
    [InlineData("{http_method: GET}", "{http_method: GET, prefix: /a}")]
    [InlineData("{headers: [{name: x}]}", "{headers: [{name: y}, {name: x, exact: '1'}]}")]
    [InlineData("{headers: [{name: x, prefix: a}]}", "{headers: [{name: x, exact: ab}]}")]
    [InlineData("{headers: [{name: x, prefix: a}]}", "{headers: [{name: x, prefix: ab}]}")]
    [InlineData("{headers: [{name: x, exact: a, invert: true}]}", "{headers: [{name: x, exact: a, invert: true}]}")]
    [InlineData("{query: [{name: q}]}", "{query: [{name: q, exact: a}]}")]
    [InlineData("{source: {service: web}}", "{source: {service: web, version: v1}}")]
    public void A_route_whose_calls_all_go_to_an_earlier_one(string first, string second) => Assert.Equal([Never], Routes(first, second));

    [Theory]
    [InlineData("{exact: /a, headers: [{name: x}]}", "{}")]
    [InlineData("{exact: /a, http_method: GET}", "{exact: /a}")]
    [InlineData("{exact: /a}", "{prefix: /a}")]
    [InlineData("{prefix: /ab}", "{prefix: /a}")]
    [InlineData("{prefix: /}", "{http_method: OPTIONS}")]
    [InlineData("{path_regex: '/a/[0-9]+'}", "{exact: /a/b}")]
    [InlineData("{path_regex: '/a/.*'}", "{prefix: /a/}")]
    [InlineData("{headers: [{name: x, exact: '1'}]}", "{headers: [{name: x}]}")]
    [InlineData("{headers: [{name: x, invert: true}]}", "{headers: [{name: x}]}")]
    [InlineData("{headers: [{name: x}]}", "{headers: [{name: x, exact: a, invert: true}]}")]
    [InlineData("{query: [{name: q, exact: a}]}", "{query: [{name: q}]}")]
    [InlineData("{source: {service: web}}", "{}")]
    public void But_not_one_that_may_have_calls_of_its_own(string first, string second) => Assert.Empty(Routes(first, second));

    [Theory]
    [InlineData("breaker: {disabled: true, open: 1s, codes: [INTERNAL]}", "breaker.open: has no effect because of disabled", "breaker.codes: has no effect because of disabled")]
    [InlineData("breaker: {disabled: true, max_ejection_percent: 10}", "breaker.max_ejection_percent: has no effect because of disabled")]
    [InlineData("breaker: {min_requests: 5, window: 5s}", "breaker.min_requests: has no effect because failure_rate is missing", "breaker.window: has no effect because failure_rate is missing")]
    [InlineData("balancing: {policy: RANDOM, ewma_decay: 1s}", "balancing.ewma_decay: has no effect because of policy, which is not PEAK_EWMA")]
    [InlineData("retry: {max_attempts: 1, codes: [ABORTED]}", "retry.codes: has no effect because of max_attempts: 1, which tries nothing again that was answered")]
    [InlineData("retry: {methods: [/a.B/]}", "retry.methods: has no effect because codes and http_statuses are missing: nothing is tried again by what was answered")]
    [InlineData("{retry: {codes: [ABORTED]}, routes: [{name: all, retry: {max_attempts: 2}}]}", "retry: has no effect because every call takes a route that has its own: 'all' (routes[0]) takes all that are left")]
    [InlineData(
        "routes: [{redirect: {path: /x}, service: other, retry: {max_attempts: 2}, rewrite: {host: a, response_headers: {remove: [x]}}}]",
        "routes[0].service: has no effect because of redirect: its calls reach nobody",
        "routes[0].retry: has no effect because of redirect: its calls reach nobody",
        "routes[0].rewrite.host: has no effect because of redirect: its calls reach nobody")]
    [InlineData("routes: [{direct_response: {}, mirror: {service: other}}]", "routes[0].mirror: has no effect because of direct_response: its calls reach nobody")]
    public void A_field_that_another_leaves_without_effect(string config, params string[] lines) =>
        Assert.Equal(lines, Warnings(config).Select(line => line[(line.IndexOf("config.", StringComparison.Ordinal) + "config.".Length)..]));

    [Theory]
    [InlineData("{breaker: {disabled: true, max_ejection_percent: 10}, ejection: {failure_percentage: {}}}")]
    [InlineData("breaker: {failure_rate: 50, min_requests: 5, window: 5s}")]
    [InlineData("balancing: {ewma_decay: 1s}")]
    [InlineData("{retry: {codes: [ABORTED]}, routes: [{match: {exact: /a}}, {retry: {max_attempts: 2}}]}")]
    [InlineData("{retry: {codes: [ABORTED]}, routes: [{match: {exact: /a}, retry: {max_attempts: 2}}]}")]
    public void But_not_one_that_has_some(string config) => Assert.Empty(Warnings(config));

    [Fact]
    public void What_is_wrong_is_no_warning_and_what_is_in_vain_no_fault()
    {
        var reader = new ConfigReader();
        reader.Read("service: a\nconfig: {routes: [{}, {}, {retry: {max_attempts: 11}}]}", "f.yaml");
        Assert.Single(reader.Faults);
        Assert.Empty(reader.Warnings);
    }

    [Fact]
    public void Of_ten_thousand_routes_the_one_that_never_matches_is_found()
    {
        var routes = string.Concat(Enumerable.Range(0, 9_999).Select(i => $"  - match: {{prefix: /p{i % 5000}/, headers: [{{name: x-{i}}}]}}\n"));
        var warning = Assert.Single(Warnings($"\n  routes:\n{routes}  - match: {{exact: /p7/a, headers: [{{name: x-7}}]}}"));
        Assert.Contains("route 'route-10000' never matches, since 'route-8' (routes[7])", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_would_be_too_many_pairs_the_last_are_left_out() =>
        Assert.Empty(Warnings("\n  routes:\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"  - match: {{headers: [{{name: x-{i}}}]}}\n"))));

    private static IReadOnlyList<string> Routes(string first, string second) =>
        Warnings($"\n  routes:\n  - {{name: a, match: {first}}}\n  - name: b\n    match: {second}");

    private static IReadOnlyList<string> Warnings(string config)
    {
        var reader = new ConfigReader();
        reader.Read(config.StartsWith('\n') || config.StartsWith('{') ? $"service: s\nconfig: {config}" : $"service: s\nconfig: {{{config}}}", "f.yaml");
        Assert.Empty(reader.Faults);
        return reader.Warnings;
    }
}
