using Mesh.Policy.Balancing;

namespace Mesh.Policy.Tests.Balancing;

public class PrioritiesTests
{
    /// <summary>Four endpoints in two groups of two; the digits say which of them are ill or broken.</summary>
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("0", "", 0)] // half of it is above the threshold of 50
    [InlineData("01", "", 1)]
    [InlineData("", "01", 1)]
    [InlineData("0", "1", 1)]
    [InlineData("01", "2", 1)]
    [InlineData("01", "23", 0)] // nobody is better off
    [InlineData("0123", "", 0)]
    [InlineData("013", "", 1)]
    public void The_first_that_can_bear_them_takes_the_calls(string ill, string broken, int expected)
    {
        var cluster = Clusters(ill);
        cluster.Break([.. broken.Select(digit => digit - '0')]);
        Assert.Equal(expected, new Priorities([cluster.Set.Choose([0, 1]), cluster.Set.Choose([2, 3])]).Choose());
    }

    [Fact]
    public void Where_none_can_bear_them_it_is_one_that_has_anybody()
    {
        var cluster = Clusters("12");
        var (short_, down, empty) = (cluster.Set.Choose([0, 1, 2]), cluster.Set.Choose([1, 2]), cluster.Set.Choose([]));
        Assert.Equal(2, new Priorities([empty, down, short_]).Choose());
        Assert.Equal(1, new Priorities([empty, down]).Choose());
        Assert.Equal(0, new Priorities([empty, empty]).Choose());
    }

    [Fact]
    public void It_goes_back_when_the_first_is_well_again()
    {
        var cluster = Clusters("");
        var groups = new Priorities([cluster.Set.Choose([0]), cluster.Set.Choose([1])]);
        cluster.Break(0);
        Assert.Equal(1, groups.Choose());
        cluster.Endpoints[0].Breaker.Readmit(0);
        Assert.Equal(0, groups.Choose());
    }

    [Fact]
    public void A_choice_allocates_nothing_though_circuits_change()
    {
        var cluster = Clusters("");
        var groups = new Priorities([cluster.Set.Choose([0]), cluster.Set.Choose([1])]);
        Assert.Equal(0, Allocations.Of(() =>
        {
            cluster.Share.OnChanged();
            groups.Choose();
        }));
    }

    private static Cluster Clusters(string ill) => new(4, BalancerKind.RoundRobin, prepare: endpoints =>
    {
        foreach (var digit in ill)
        {
            endpoints[digit - '0'].Model = endpoints[digit - '0'].Model with { IsHealthy = false };
        }
    });
}
