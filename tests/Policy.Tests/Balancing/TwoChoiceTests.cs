using Mesh.Policy.Balancing;

namespace Mesh.Policy.Tests.Balancing;

public class TwoChoiceTests
{
    private static readonly long Decay = Time.Seconds(10);

    [Fact]
    public void Of_two_endpoints_the_less_loaded_is_always_picked()
    {
        var cluster = new Cluster(2, BalancerKind.LeastRequest);
        cluster.Endpoints[0].Load.Started();
        Assert.Equal([0, 100], cluster.Shares(100));
    }

    [Fact]
    public void Equal_endpoints_share_evenly()
    {
        foreach (var kind in new[] { BalancerKind.LeastRequest, BalancerKind.PeakEwma })
        {
            foreach (var count in new[] { 2, 10 })
            {
                var even = 20_000 / count;
                Assert.All(
                    new Cluster(count, kind).Shares(20_000), s => Assert.InRange(s, even * 0.9, even * 1.1));
            }
        }
    }

    [Fact]
    public void Two_choices_keep_the_load_within_a_few_calls()
    {
        var cluster = new Cluster(100, BalancerKind.LeastRequest);
        for (var i = 0; i < 10_000; i++)
        {
            cluster.Pick(out var index);
            cluster.Endpoints[index].Load.Started();
        }

        Assert.All(cluster.Endpoints, e => Assert.InRange(e.Load.InFlight, 95, 105));
    }

    [Fact]
    public void A_pick_looks_at_two_endpoints_only_however_many_there_are()
    {
        // Whoever looked at all of them would pick the one idle endpoint each time.
        var cluster = new Cluster(10_000, BalancerKind.LeastRequest, prepare: all =>
        {
            foreach (var endpoint in all.Skip(1))
            {
                endpoint.Load.Started();
            }
        });
        Assert.InRange(cluster.Shares(50_000)[0], 1, 30);
    }

    [Fact]
    public void Peak_ewma_keeps_away_from_a_slow_endpoint()
    {
        var shares = Simulate([5, 5, 5, 100], seconds: 60, callsPerSecond: 1000);
        var total = shares.Sum();
        Assert.InRange(shares[3], 1, total * 0.02);
        Assert.All(shares[..3], share => Assert.InRange(share, total * 0.28, total * 0.38));
    }

    [Fact]
    public void Round_robin_for_comparison_does_not()
    {
        var shares = Simulate([5, 5, 5, 100], 60, 1000, BalancerKind.RoundRobin);
        Assert.Equal(shares[0], shares[3]);
    }

    [Fact]
    public void A_fast_failing_endpoint_draws_no_traffic()
    {
        var shares = Simulate([20, 20, -1], seconds: 60, callsPerSecond: 500);
        Assert.InRange(shares[2], 1, shares.Sum() * 0.02);
    }

    [Fact]
    public void An_endpoint_that_never_answers_soaks_up_few_calls()
    {
        var shares = Simulate([5, 5, 1_000_000], seconds: 10, callsPerSecond: 1000);
        Assert.InRange(shares[2], 1, 200);
    }

    [Fact]
    public void A_latency_above_the_average_is_taken_at_once_and_one_below_by_and_by()
    {
        var load = new EndpointLoad();
        Assert.Equal(0, load.EwmaMicros(0, Decay));
        Answer(load, 0, 10);
        Assert.Equal(10_000, load.EwmaMicros(0, Decay), 1.0);
        Answer(load, Time.Seconds(1), 100);
        Assert.Equal(100_000, load.EwmaMicros(Time.Seconds(1), Decay), 1.0);
        Answer(load, Time.Seconds(11), 10);
        Assert.Equal(10_000 + (90_000 / Math.E), load.EwmaMicros(Time.Seconds(11), Decay), 10.0);
    }

    [Fact]
    public void Without_answers_the_average_decays_but_not_to_nothing()
    {
        var load = new EndpointLoad();
        Answer(load, 0, 100);
        Assert.Equal(100_000 / Math.E, load.EwmaMicros(Time.Seconds(10), Decay), 10.0);
        Assert.Equal(10, load.EwmaMicros(Time.Seconds(10_000), Decay), 0.001);
    }

    [Fact]
    public void Thousands_of_answers_a_second_still_pull_the_average_down()
    {
        var load = new EndpointLoad();
        Answer(load, 0, 100);
        for (var i = 1; i <= 100_000; i++)
        {
            Answer(load, i * Time.Millis(0.2), 1);
        }

        Assert.InRange(load.EwmaMicros(Time.Seconds(20), Decay), 1_000, 15_000);
    }

    [Fact]
    public void Failures_count_as_a_quarter_of_a_second_and_double_up_to_a_cap()
    {
        var load = new EndpointLoad();
        double[] expected = [250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 10_000_000, 10_000_000];
        foreach (var micros in expected)
        {
            load.Started();
            load.Finished(0, Time.Millis(1), false, Decay);
            Assert.Equal(micros, load.EwmaMicros(0, Decay), 1.0);
        }

        Assert.Equal(8, load.Failures);
        Assert.Equal(0, load.InFlight);
    }

    [Fact]
    public void An_abandoned_call_says_nothing_of_the_endpoint()
    {
        var load = new EndpointLoad();
        load.Started();
        load.Abandoned();
        Assert.Equal((0, 1L, 0L, 0L), (load.InFlight, load.Picks, load.Successes, load.Failures));
        Assert.Equal(0, load.EwmaMicros(0, Decay));
    }

    [Fact]
    public void Counts_are_exact_over_threads()
    {
        var load = new EndpointLoad();
        Threads.Run(8, i =>
        {
            for (var n = 0; n < 10_000; n++)
            {
                load.Started();
                load.Finished(n, Time.Millis(i + 1), n % 2 == 0, Decay);
            }
        });
        Assert.Equal((0, 80_000L, 40_000L, 40_000L), (load.InFlight, load.Picks, load.Successes, load.Failures));
    }

    private static void Answer(EndpointLoad load, long now, double millis)
    {
        load.Started();
        load.Finished(now, Time.Millis(millis), true, Decay);
    }

    // Calls at a steady rate against endpoints of fixed latency; a negative one fails after 1 ms.
    private static int[] Simulate(
        int[] millis, int seconds, int callsPerSecond, BalancerKind kind = BalancerKind.PeakEwma)
    {
        var cluster = new Cluster(millis.Length, kind);
        var shares = new int[millis.Length];
        var underWay = new PriorityQueue<(int Index, long Began), long>();
        for (var i = 0; i < seconds * callsPerSecond; i++)
        {
            var now = i * (TimeSpan.TicksPerSecond / callsPerSecond);
            while (underWay.TryPeek(out var call, out var end) && end <= now)
            {
                underWay.Dequeue();
                cluster.Endpoints[call.Index].Load.Finished(end, end - call.Began, millis[call.Index] > 0, Decay);
            }

            Assert.Equal(PickResult.Picked, cluster.Pick(out var index, now));
            shares[index]++;
            cluster.Endpoints[index].Load.Started();
            underWay.Enqueue((index, now), now + Time.Millis(Math.Abs(millis[index])));
        }

        return shares;
    }
}
