using Mesh.Policy.Balancing;

namespace Mesh.Policy.Tests.Balancing;

public class RotationTests
{
    [Fact]
    public void Round_robin_takes_each_in_turn()
    {
        var cluster = new Cluster(3, BalancerKind.RoundRobin);
        var picks = Enumerable.Range(0, 9).Select(_ => cluster.Pick(out var index) == PickResult.Picked ? index : -1);
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], picks);
    }

    [Fact]
    public void The_turn_of_an_unusable_endpoint_does_not_go_to_its_neighbour()
    {
        var cluster = new Cluster(4, BalancerKind.RoundRobin);
        cluster.Break(1);
        Assert.Equal([300, 0, 300, 300], cluster.Shares(900));
    }

    /// <summary>Each call that comes to the first endpoint is made a second time, elsewhere.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Further_attempts_take_nobodys_turn(int endpoints)
    {
        var cluster = new Cluster(endpoints, BalancerKind.RoundRobin);
        var first = new int[endpoints];
        var again = new int[endpoints];
        for (var i = 0; i < 1000 * endpoints; i++)
        {
            cluster.Pick(out var index);
            first[index]++;
            if (index == 0)
            {
                cluster.Pick(out index, tried: [0]);
                again[index]++;
            }
        }

        Assert.All(first, calls => Assert.Equal(1000, calls));
        Assert.Equal(0, again[0]);
        Assert.All(again[1..], calls => Assert.InRange(calls, (1000 / (endpoints - 1)) - 1, (1000 / (endpoints - 1)) + 1));
    }

    [Fact]
    public void Round_robin_is_exact_over_threads()
    {
        var cluster = new Cluster(5, BalancerKind.RoundRobin);
        var shares = new int[5];
        Threads.Run(4, seed =>
        {
            var rng = new Rng((ulong)seed);
            for (var i = 0; i < 200_000; i++)
            {
                cluster.Balancer.Pick(cluster.Set, new PickContext(0), ref rng, out var pick);
                Interlocked.Increment(ref shares[pick.Index]);
            }
        });
        Assert.Equal([160_000, 160_000, 160_000, 160_000, 160_000], shares);
    }

    [Fact]
    public void Weights_shape_the_rotation_smoothly()
    {
        var cluster = new Cluster(3, BalancerKind.RoundRobin, prepare: all =>
        {
            all[0].Weight = 400;
            all[1].Weight = 200;
            all[2].Weight = 200;
        });
        var shares = cluster.Shares(8000);
        Assert.InRange(shares[0], 3980, 4020);
        Assert.InRange(shares[1], 1980, 2020);

        // No burst: the heavy one is not picked more than three times in a row.
        var run = 0;
        for (var i = 0; i < 1000; i++)
        {
            cluster.Pick(out var index);
            run = index == 0 ? run + 1 : 0;
            Assert.True(run <= 3);
        }
    }

    [Fact]
    public void Random_is_even()
        => Assert.All(new Cluster(10, BalancerKind.Random).Shares(100_000), s => Assert.InRange(s, 9_600, 10_400));

    [Theory]
    [InlineData(BalancerKind.Random)]
    [InlineData(BalancerKind.RoundRobin)]
    public void Shares_follow_weights_however_far_apart(BalancerKind kind)
    {
        int[] weights = [1, 10, 100, 1000, 889];
        var cluster = new Cluster(5, kind, prepare: all =>
        {
            for (var i = 0; i < all.Length; i++)
            {
                all[i].Weight = weights[i];
            }
        });
        var shares = cluster.Shares(200_000);
        Assert.InRange(shares[0], 50, 150);
        Assert.InRange(shares[1], 850, 1150);
        Assert.InRange(shares[2], 9_500, 10_500);
        Assert.InRange(shares[3], 99_000, 101_000);
        Assert.InRange(shares[4], 87_900, 89_900);
    }
}
