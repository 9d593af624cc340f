using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Which route a call takes, told by the message of one that leads to nobody.</summary>
public sealed class MatchTests
{
    [Theory]
    [InlineData("/orders/17", true)]
    [InlineData("/orders/17?lang=de", true)]
    [InlineData("/orders/17/items", false)]
    [InlineData("/other?lang=pt%2DBR&preview", true)]
    [InlineData("/other?lang=pt-BR", false)]
    public void By_a_pattern_of_the_path_or_by_the_query(string target, bool matches)
    {
        var rig = new FlowRig(policy: Plain with
        {
            Routes =
            [
                To("nowhere", new() { Regex = "/orders/[0-9]+" }),
                To("nowhere", new() { Query = [new() { Name = "preview" }, new() { Name = "lang", Exact = "pt-BR" }] }),
            ],
        });
        var caller = rig.Caller();
        caller.GetAt(target);
        Assert.Equal(!matches, rig.Servers[0].HasPending);
        if (matches)
        {
            Assert.Contains("x-mesh-error=", caller.Take()[0], StringComparison.Ordinal);
        }
    }

    private static RouteOptions To(string version, RouteMatchOptions match) =>
        new() { Name = "r", Match = match, Backends = [new BackendOptions { Subset = new EndpointSubset(version, []) }] };
}
