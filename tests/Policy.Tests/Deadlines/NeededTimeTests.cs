using Mesh.Policy.Balancing;
using Mesh.Policy.Deadlines;
using Mesh.Policy.Tests.Balancing;

namespace Mesh.Policy.Tests.Deadlines;

/// <summary>A call without a chance is not sent, and no other is held back.</summary>
public sealed class NeededTimeTests
{
    public static TheoryData<BalancerKind> Kinds => [.. Enum.GetValues<BalancerKind>()];

    [Fact]
    public void Less_than_half_of_what_the_fastest_take_is_too_little()
    {
        var needed = new NeededTime();
        Answer(needed, 20, millis: 100);
        Assert.True(needed.IsBeyond(0, Time.Millis(49)));
        Assert.False(needed.IsBeyond(0, Time.Millis(51)));
        Assert.True(needed.IsBeyond(0, -1));
    }

    [Fact]
    public void One_fast_answer_speaks_for_all_and_is_forgotten_in_time()
    {
        var needed = new NeededTime();
        Answer(needed, 100, millis: 100);
        Answer(needed, 1, millis: 1);
        Assert.False(needed.IsBeyond(0, Time.Millis(1)));
        Answer(needed, 400, millis: 100);
        Assert.True(needed.IsBeyond(0, Time.Millis(40)));
    }

    [Fact]
    public void With_little_evidence_or_old_one_it_says_nothing()
    {
        var needed = new NeededTime();
        Answer(needed, 19, millis: 100);
        Assert.False(needed.IsBeyond(0, 0));
        Answer(needed, 1, millis: 100);
        Assert.True(needed.IsBeyond(Time.Seconds(10), 0));
        Assert.False(needed.IsBeyond(Time.Seconds(10.1), 0));
        needed.Observe(Time.Seconds(11), Time.Millis(5)); // the first of a new record
        Assert.False(needed.IsBeyond(Time.Seconds(11), 0));
    }

    /// <summary>Property: half of the slowest answer is always enough, and less than half of the fastest never is.</summary>
    [Fact]
    public void What_it_says_lies_between_the_fastest_and_the_slowest()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var rng = new Rng(seed);
            var needed = new NeededTime();
            long fastest = long.MaxValue, slowest = 0;
            for (var i = 0; i < 100; i++)
            {
                var ticks = Time.Millis(1) + (long)(rng.NextDouble() * Time.Millis(500));
                fastest = Math.Min(fastest, ticks);
                slowest = Math.Max(slowest, ticks);
                needed.Observe(Time.Millis(i), ticks);
                Assert.False(needed.IsBeyond(Time.Millis(i), slowest / 2));
                Assert.Equal(i + 1 >= NeededTime.Evidence, needed.IsBeyond(Time.Millis(i), (fastest / 2) - 1));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Calls_go_to_an_endpoint_that_is_fast_enough_and_nowhere_if_there_is_none(BalancerKind kind)
    {
        var cluster = new Cluster(3, kind);
        foreach (var (index, millis) in new[] { (0, 500), (1, 20), (2, 500) })
        {
            Answer(cluster.Endpoints[index].Load.Needed, 20, millis);
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(PickResult.Picked, Pick(cluster, Time.Millis(100), out var pick));
            Assert.Equal(1, pick.Index);
        }

        Assert.Equal(PickResult.TooLate, Pick(cluster, Time.Millis(9), out _));
        Assert.Equal(PickResult.Picked, Pick(cluster, long.MaxValue, out _));
        Assert.Equal(PickResult.Picked, Pick(cluster, Time.Millis(9), out _, now: Time.Seconds(11)));
    }

    [Fact]
    public void A_retry_goes_back_to_the_one_that_is_fast_enough()
    {
        var cluster = new Cluster(2, BalancerKind.PeakEwma);
        Answer(cluster.Endpoints[0].Load.Needed, 20, millis: 500);
        Answer(cluster.Endpoints[1].Load.Needed, 20, millis: 20);
        Assert.Equal(PickResult.Picked, Pick(cluster, Time.Millis(100), out var pick, tried: [cluster.Endpoints[1]]));
        Assert.Equal(1, pick.Index);
    }

    private static PickResult Pick(Cluster cluster, long rest, out Pick pick, long now = 0, EndpointState[]? tried = null) =>
        cluster.Balancer.Pick(cluster.Set, new PickContext(now) { Rest = rest, Tried = tried, MayRepeat = true }, ref cluster.Rng, out pick);

    private static void Answer(NeededTime needed, int count, int millis)
    {
        for (var i = 0; i < count; i++)
        {
            needed.Observe(0, Time.Millis(millis));
        }
    }
}
