using System.Text;
using Mesh.Policy.Authorization;
using Mesh.Policy.Routing;

namespace Mesh.Policy.Tests.Authorization;

/// <summary>Who is let in.</summary>
public sealed class AuthorizationDecisionTests
{
    private const string Web = "spiffe://mesh.local/service/web";

    [Fact]
    public void Without_rules_everybody_is_let_in() => Assert.True(Decide(new(), Call("/a")).IsAllowed);

    [Fact]
    public void Rules_that_allow_let_in_what_one_of_them_takes_and_nothing_else()
    {
        var options = new AuthorizationOptions { Allow = [Rule("web") with { Identities = ["web"], Paths = ["/shop.Orders/*"] }, Rule("get") with { Methods = ["GET"] }] };
        Assert.Equal(new AuthorizationVerdict(true, "web"), Decide(options, Call("/shop.Orders/Get", Web)));
        Assert.Equal(new AuthorizationVerdict(true, "get"), Decide(options, Call("/x", null, "GET")));
        Assert.Equal(new AuthorizationVerdict(false, "web", AuthorizationCondition.Path), Decide(options, Call("/shop.Users/Get", Web)));
        Assert.Equal(new AuthorizationVerdict(false, "get", AuthorizationCondition.Method), Decide(options, Call("/shop.Orders/Get")));
    }

    [Fact]
    public void A_rule_that_denies_wins_and_without_rules_that_allow_all_else_is_let_in()
    {
        var deny = Rule("no admin") with { Paths = ["/admin/*"] };
        Assert.Equal(new AuthorizationVerdict(false, "no admin"), Decide(new() { Deny = [deny], Allow = [Rule("all") with { Paths = ["*"] }] }, Call("/admin/x", Web)));
        Assert.True(Decide(new() { Deny = [deny] }, Call("/x")).IsAllowed);
    }

    [Fact]
    public void Where_it_is_closed_nobody_is_let_in_whom_no_rule_allows()
    {
        Assert.Equal(new AuthorizationVerdict(false, null), Decide(new() { IsClosed = true }, Call("/a", Web)));
        Assert.False(Decide(new() { IsClosed = true, Deny = [Rule("no admin") with { Paths = ["/admin/*"] }] }, Call("/a", Web)).IsAllowed);
        Assert.True(Decide(new() { IsClosed = true, Allow = [Rule("web") with { Identities = ["web"] }] }, Call("/a", Web)).IsAllowed);
    }

    [Theory]
    [InlineData("web", Web, true)]
    [InlineData("web", "spiffe://mesh.local/service/web2", false)]
    [InlineData("web", "spiffe://mesh.local/service/a/web", false)]
    [InlineData("web", "spiffe://mesh.local/other/web", false)]
    [InlineData("web", "spiffe://mesh.local", false)]
    [InlineData("we*", Web, true)]
    [InlineData("we*", "spiffe://mesh.local/service/we/b", false)]
    [InlineData("we*", "spiffe://we.local/service/orders", false)]
    [InlineData("*", "spiffe://mesh.local/whatever", true)]
    [InlineData("*", null, false)]
    [InlineData("web", null, false)]
    [InlineData(Web, Web, true)]
    [InlineData(Web, "spiffe://mesh.local/service/webb", false)]
    [InlineData(Web, "spiffe://other.local/service/web", false)]
    public void An_identity_is_a_service_a_beginning_everybody_that_has_one_or_a_whole_id(string pattern, string? caller, bool isAllowed) =>
        Assert.Equal(isAllowed, Decide(new() { Allow = [Rule("r") with { Identities = [pattern] }] }, Call("/a", caller)).IsAllowed);

    [Theory]
    [InlineData("/admin/users")]
    [InlineData("/public/../admin/users")]
    [InlineData("/public/%2e%2e/admin/users")]
    [InlineData("/public/..%2fadmin/users")]
    [InlineData("//admin/users")]
    [InlineData("/./admin/users")]
    [InlineData("/%61dmin/users")]
    [InlineData("/admin;a=b/users")]
    [InlineData(@"/public/..\admin/users")]
    public void No_way_of_writing_a_path_leads_past_a_rule(string path)
    {
        Assert.False(Decide(new() { Deny = [Rule("r") with { Paths = ["/admin/*"] }] }, Call(path)).IsAllowed);
        Assert.False(Decide(new() { Allow = [Rule("r") with { Paths = ["/public/*"] }] }, Call(path)).IsAllowed);
    }

    [Fact]
    public void A_path_that_cannot_be_read_is_held_against_its_caller()
    {
        var path = "/public/" + new string('a', 2000) + "%2f";
        Assert.False(Decide(new() { Allow = [Rule("r") with { Paths = ["/public/*"] }] }, Call(path)).IsAllowed);
        Assert.False(Decide(new() { Deny = [Rule("r") with { Paths = ["/admin/*"] }] }, Call(path)).IsAllowed);
        Assert.True(Decide(new() { Allow = [Rule("r") with { Paths = ["/public/*"] }] }, Call(path[..^3])).IsAllowed);
    }

    [Theory]
    [InlineData(false, new[] { "a" }, true, true)]
    [InlineData(false, new[] { "b" }, false, false)]
    [InlineData(false, new string[0], false, false)]
    [InlineData(false, new[] { "a", "b" }, false, true)]
    [InlineData(true, new[] { "a" }, false, false)]
    [InlineData(true, new[] { "b" }, true, true)]
    [InlineData(true, new string[0], true, true)]
    [InlineData(true, new[] { "a", "b" }, false, true)]
    public void A_header_that_comes_twice_is_held_against_its_caller(bool inverted, string[] values, bool isAllowed, bool isDenied)
    {
        var rule = Rule("r") with { Headers = [new HeaderMatchOptions { Name = "x-tenant", Exact = "a", Invert = inverted }] };
        var call = new TestCall([.. values.Select(value => ("x-tenant", value))]);
        Assert.Equal(isAllowed, Decide(new() { Allow = [rule] }, call).IsAllowed);
        Assert.Equal(isDenied, !Decide(new() { Deny = [rule] }, call).IsAllowed);
    }

    [Fact]
    public void Whatever_the_rules_and_the_call_what_is_decided_is_what_the_words_say()
    {
        var random = new Random(5);
        string[] identities = ["web", "shop", "*"];
        string[] paths = ["/a", "/b", "/a*", "*"];
        for (var i = 0; i < 20_000; i++)
        {
            var options = new AuthorizationOptions { Allow = [.. Rules()], Deny = [.. Rules()] };
            var service = random.Next(3) switch { 0 => null, 1 => "web", _ => "shop" };
            var path = random.Next(2) == 0 ? "/a" : "/b";
            var call = Call(path, service is null ? null : $"spiffe://mesh.local/service/{service}");
            bool takes(AuthorizationRuleOptions rule) =>
                (rule.Identities.IsEmpty || (service is not null && rule.Identities.Any(one => one == "*" || one == service)))
                && (rule.Paths.IsEmpty || rule.Paths.Any(one => one == path || one == "*" || one == path + "*"));
            var expected = !options.Deny.Any(takes) && (options.Allow.IsEmpty || options.Allow.Any(takes));
            Assert.Equal(expected, Decide(options, call).IsAllowed);
        }

        IEnumerable<AuthorizationRuleOptions> Rules() => Enumerable.Range(0, random.Next(3)).Select(index => Rule($"{index}") with
        {
            Identities = random.Next(2) == 0 ? [] : [identities[random.Next(3)]],
            Paths = random.Next(2) == 0 ? [] : [paths[random.Next(4)]],
        });
    }

    [Fact]
    public void To_decide_allocates_nothing()
    {
        var decision = new AuthorizationDecision(new() { Allow = [Rule("r") with { Identities = ["we*"], Paths = ["/public/*"], Methods = ["POST"] }], Deny = [Rule("d") with { Paths = ["/admin/*"] }] });
        var call = Call("/public/%61/../b", Web);
        Assert.True(decision.Decide(call).IsAllowed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            decision.Decide(call);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static AuthorizationVerdict Decide(AuthorizationOptions options, TestCall call) => new AuthorizationDecision(options).Decide(call);

    private static AuthorizationRuleOptions Rule(string name) => new() { Name = name };

    private static TestCall Call(string path, string? caller = null, string method = "POST") =>
        new() { PathBytes = Encoding.UTF8.GetBytes(path), Caller = caller, MethodBytes = Encoding.UTF8.GetBytes(method) };
}
