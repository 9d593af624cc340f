using Mesh.Policy.Routing;

namespace Mesh.Policy.Tests.Routing;

public class SourceTests
{
    [Theory]
    [InlineData(null, null, "", "", true)]
    [InlineData("web", null, "web", "v2", true)]
    [InlineData("web", null, "app", "v2", false)]
    [InlineData("web", null, "", "", false)]
    [InlineData(null, "v2", "app", "v2", true)]
    [InlineData("web", "v1", "web", "v2", false)]
    public void A_caller_has_the_routes_that_are_anybodys_or_its_own(string? service, string? version, string caller, string runs, bool isOurs)
    {
        var policy = new ServicePolicyOptions
        {
            Routes =
            [
                new RouteOptions { Name = "a", Match = new() { Source = new() { Service = service, Version = version } }, Backends = [new() { Service = "only-theirs" }] },
                new RouteOptions { Name = "b" },
            ],
        };
        var ours = policy.For(caller, runs);
        Assert.Equal(isOurs ? ["a", "b"] : ["b"], ours.Routes.Select(route => route.Name));
        Assert.Equal(isOurs, ours.Targets.Contains("only-theirs"));
    }

    [Fact]
    public void A_policy_that_is_for_all_callers_alike_stays_the_same_object() =>
        Assert.Same(ServicePolicyOptions.Default, ServicePolicyOptions.Default.For("web", "v1"));
}
