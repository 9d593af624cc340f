using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>An endpoint that asks to be left alone is, for as long as there are others.</summary>
public sealed class RestTests
{
    public static TheoryData<BalancerKind> Kinds => [.. Enum.GetValues<BalancerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_gets_no_call_until_the_time_is_over(BalancerKind kind)
    {
        var cluster = new Cluster(3, kind);
        AskForRest(cluster, 1, Time.Seconds(5));
        Assert.Equal(0, cluster.Shares(300, Time.Seconds(4.9))[1]);
        Assert.Equal(PickResult.Picked, cluster.Pick(out var index, Time.Seconds(5), tried: [0, 2]));
        Assert.Equal(1, index);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Where_all_ask_all_are_called(BalancerKind kind)
    {
        var cluster = new Cluster(3, kind);
        for (var i = 0; i < 3; i++)
        {
            AskForRest(cluster, i, Time.Seconds(5));
        }

        Assert.True(Balancer.CanPick(cluster.Set, Time.Seconds(1)));
        Assert.All(cluster.Shares(300, Time.Seconds(1)), share => Assert.InRange(share, 50, 150));
    }

    [Fact]
    public void A_hedge_does_not_wake_one_that_rests_for_want_of_another_but_a_retry_goes_back_to_where_it_was()
    {
        var cluster = new Cluster(2, BalancerKind.PeakEwma);
        AskForRest(cluster, 1, Time.Seconds(5));
        Assert.Equal(PickResult.AllTried, cluster.Pick(out _, Time.Seconds(1), tried: [0]));
        Assert.Equal(PickResult.Picked, cluster.Pick(out var index, Time.Seconds(1), tried: [0], allowTried: true));
        Assert.Equal(0, index);
    }

    [Fact]
    public void It_is_left_alone_no_longer_than_its_callers_allow_and_the_longest_that_it_asked_for_holds()
    {
        var cluster = new Cluster(2, BalancerKind.Random);
        AskForRest(cluster, 0, Time.Seconds(3600));
        Assert.True(cluster.Endpoints[0].IsResting(Time.Seconds(29.9)));
        Assert.False(cluster.Endpoints[0].IsResting(Time.Seconds(30)));

        AskForRest(cluster, 1, Time.Seconds(10));
        AskForRest(cluster, 1, Time.Seconds(1));
        Assert.True(cluster.Endpoints[1].IsResting(Time.Seconds(9)));

        AskForRest(cluster, 1, Time.Seconds(60), BalancingOptions.Default with { MaxRest = TimeSpan.Zero });
        Assert.False(cluster.Endpoints[1].IsResting(Time.Seconds(10)));
    }

    [Fact]
    public void A_circuit_that_is_open_stays_open_while_the_others_rest()
    {
        var cluster = new Cluster(3, BalancerKind.RoundRobin, panicPercent: 0);
        cluster.Break(2);
        AskForRest(cluster, 0, Time.Seconds(5));
        AskForRest(cluster, 1, Time.Seconds(5));
        Assert.Equal(0, cluster.Shares(100, Time.Seconds(1))[2]);
    }

    private static void AskForRest(Cluster cluster, int index, long ticks, BalancingOptions? options = null)
    {
        var endpoint = cluster.Endpoints[index];
        endpoint.Load.Started();
        var end = new AttemptEnd(Outcome.FromGrpc(GrpcStatus.ResourceExhausted), 0, 0, 0) { IsSent = true, IsAnswered = true, Rest = ticks };
        endpoint.OnAttemptEnded(end, 0, options ?? BalancingOptions.Default, ref cluster.Rng);
    }
}
